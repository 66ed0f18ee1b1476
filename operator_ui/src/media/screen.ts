/** Whose picture is on the screen. */

/**
 * One stream for the page's life: each call puts its picture in the place of the one before it.
 * A browser paints a `<video>` black when the connection of its track closes. So the connection whose picture is on the
 * screen stays open when its call is over, until another call's picture takes its place; no other one does.
 */
export class Screen {
  readonly stream = new MediaStream();
  #showing: RTCPeerConnection | null = null;

  /** Show the picture that comes over `pc`; the last one stays on the screen until its first frame. */
  show(pc: RTCPeerConnection, track: MediaStreamTrack): void {
    const before = this.#showing;
    this.#showing = pc;
    replaceTracks(this.stream, track);
    if (before !== pc) before?.close();
  }

  /** The call over `pc` has ended: close it, at once or when its last picture is no longer needed. */
  retire(pc: RTCPeerConnection): void {
    if (pc !== this.#showing) pc.close();
  }

  /** Nothing more will be shown. */
  close(): void {
    this.#showing?.close();
    this.#showing = null;
  }
}

/** Put `track` in the place of the tracks in `stream`. */
export function replaceTracks(stream: MediaStream, track: MediaStreamTrack): void {
  for (const old of stream.getTracks()) stream.removeTrack(old);
  stream.addTrack(track);
}
