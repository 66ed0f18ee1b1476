/** A `MediaStream` as far as the page uses it: a bag of tracks. */
export class FakeStream {
  readonly #tracks = new Set<unknown>();

  addTrack(track: unknown): void {
    this.#tracks.add(track);
  }

  removeTrack(track: unknown): void {
    this.#tracks.delete(track);
  }

  getTracks(): unknown[] {
    return [...this.#tracks];
  }
}
