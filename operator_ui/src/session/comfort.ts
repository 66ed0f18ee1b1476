/** What makes a long show easier on a page: the full screen, a screen that stays on, a wall without controls. */
import { signal } from "@preact/signals";

export type Awake = "on" | "off" | "unsupported";

export class Comfort {
  readonly fullscreen = signal(false);
  readonly awake = signal<Awake>("off");
  /** A display on a wall: what is, readable from afar, and nothing to press but the way back. */
  readonly wall = signal(false);
  /** Which keys and buttons do what, over the page. */
  readonly help = signal(false);
  readonly #page: Window;
  #lock: WakeLockSentinel | null = null;

  constructor(page: Window) {
    this.#page = page;
    page.document.addEventListener("fullscreenchange", () => {
      this.fullscreen.value = page.document.fullscreenElement !== null;
    });
    // A hidden page loses its lock, and wants it back when it is seen again.
    page.document.addEventListener("visibilitychange", () => {
      if (page.document.visibilityState === "visible") void this.keepAwake();
    });
  }

  get canFullscreen(): boolean {
    return this.#page.document.fullscreenEnabled === true;
  }

  async toggleFullscreen(): Promise<void> {
    const { document } = this.#page;
    try {
      if (document.fullscreenElement === null) await document.documentElement.requestFullscreen();
      else await document.exitFullscreen();
    } catch {
      this.fullscreen.value = document.fullscreenElement !== null; // the browser did not let us
    }
  }

  /** Have the screen stay on, where the browser knows how. */
  async keepAwake(): Promise<void> {
    const locks = this.#page.navigator.wakeLock as WakeLock | undefined; // without TLS there is none
    if (locks === undefined) {
      this.awake.value = "unsupported";
      return;
    }
    if (this.#lock !== null && !this.#lock.released) return;
    try {
      this.#lock = await locks.request("screen");
      this.awake.value = "on";
      this.#lock.addEventListener("release", () => {
        this.awake.value = "off";
      });
    } catch {
      this.awake.value = "off"; // a low battery, or a page that is not seen
    }
  }

  close(): void {
    void this.#lock?.release();
    this.#lock = null;
  }
}
