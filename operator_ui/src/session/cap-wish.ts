/** The speed cap as staff wish for it here: one request at a time, so that an older wish never has the last word. */
import type { Outcome } from "./requests";

/** In m/s; null is no cap. */
export type Cap = number | null;

export class CapWish {
  #wished: { readonly cap: Cap } | null = null;
  #underWay = false;
  #isNewer = false; // than the one under way

  /** What was wished for here and the robot does not show yet; null when its own word is the newest. */
  get wished(): { readonly cap: Cap } | null {
    return this.#wished;
  }

  /** Wish for a cap. Returns whether to ask for it now: while a request is under way, its answer comes first. */
  wish(cap: Cap): boolean {
    this.#wished = { cap };
    this.#isNewer = this.#underWay;
    this.#underWay = true;
    return !this.#isNewer;
  }

  /** The request under way has ended. Returns whether to ask now for what was wished since. */
  ended(how: Outcome["kind"]): boolean {
    this.#underWay = this.#isNewer;
    this.#isNewer = false;
    if (!this.#underWay && (how === "refused" || how === "unanswered")) this.#wished = null;
    return this.#underWay;
  }

  /** The robot has stated its cap: a wish that was answered is over, whatever has become of it. */
  stated(): void {
    if (!this.#underWay) this.#wished = null;
  }
}
