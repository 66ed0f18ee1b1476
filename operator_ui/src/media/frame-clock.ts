/** Which picture the eye has: the RTP time of the newest one that was really shown. */

import type { ShownTimes } from "./glass";

export interface Shown {
  /** The sender's RTP time of the picture, null where the browser does not tell. */
  readonly rtpTime: number | null;
  /** When it was shown, monotonic ms. */
  readonly atMs: number;
}

/** The newest RTP time that a receiver has played, for browsers that leave it out of the frame's metadata. */
export type PlayedRtpTime = () => number | null;

/** A picture came: its RTP time, and when its last packet was there. */
export type Came = (rtpTime: number, atMs: number) => void;

export class FrameClock {
  readonly #clock: () => number;
  readonly #played: PlayedRtpTime;
  readonly #came: Came;
  readonly #onTimes: (times: ShownTimes) => void;
  #shown: Shown | null = null;
  /** This browser tells the RTP times of frames. */
  #told = false;
  #detach: () => void = () => {};

  constructor(
    clock: () => number,
    played: PlayedRtpTime,
    came: Came = () => {},
    onTimes: (times: ShownTimes) => void = () => {},
  ) {
    this.#clock = clock;
    this.#played = played;
    this.#came = came;
    this.#onTimes = onTimes;
  }

  /** The newest picture shown, null before the first. */
  get shown(): Shown | null {
    return this.#shown;
  }

  /** A new call begins: its RTP times have nothing to do with the old ones. The last picture stays on the screen. */
  restart(): void {
    if (this.#shown !== null) this.#shown = { ...this.#shown, rtpTime: null };
  }

  /** Watch a `<video>`; replaces the one watched before. Returns how to stop. */
  watch(video: HTMLVideoElement): () => void {
    this.#detach();
    let handle = 0;
    const onFrame: VideoFrameRequestCallback = (_now, metadata) => {
      const shown = this.mark(metadata.rtpTimestamp);
      if (shown?.rtpTime != null) this.#came(shown.rtpTime, metadata.receiveTime ?? shown.atMs);
      const times = timesOf(metadata);
      if (times !== null) this.#onTimes(times);
      handle = video.requestVideoFrameCallback(onFrame);
    };
    handle = video.requestVideoFrameCallback(onFrame);
    this.#detach = () => video.cancelVideoFrameCallback(handle);
    return this.#detach;
  }

  /**
   * Note that a frame is on the screen now, and return it; null when it is no picture of the robot.
   * A browser that tells RTP times and tells none of this frame painted it itself: black, where a track ended.
   */
  mark(rtpTimestamp: number | undefined): Shown | null {
    this.#told ||= rtpTimestamp !== undefined;
    if (this.#told && rtpTimestamp === undefined) return null;
    this.#shown = { rtpTime: rtpTimestamp ?? this.#played(), atMs: this.#clock() };
    return this.#shown;
  }
}

/** Return what the browser says of a picture's way, null where it does not tell all of it. */
export function timesOf(metadata: VideoFrameCallbackMetadata): ShownTimes | null {
  const { rtpTimestamp, receiveTime, processingDuration } = metadata;
  if (rtpTimestamp === undefined || receiveTime === undefined || processingDuration === undefined)
    return null;
  return {
    rtpTime: rtpTimestamp,
    receivedMs: receiveTime,
    decodingMs: processingDuration * 1000,
    presentedMs: metadata.presentationTime,
    displayedMs: metadata.expectedDisplayTime,
  };
}
