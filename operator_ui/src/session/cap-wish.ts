/** The speed cap as staff wish for it here: one request at a time, so that an older wish never has the last word. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Outcome } from "./requests";

/** In m/s; null is no cap. */
export type Cap = number | null;

export interface Wished {
  readonly cap: Cap;
}

export class CapWish {
  readonly #wished = signal<Wished | null>(null);
  #underWay = false;
  #isNewer = false; // than the one under way

  /** What was wished for here and the robot does not show yet; null when its own word is the newest. */
  get wished(): ReadonlySignal<Wished | null> {
    return this.#wished;
  }

  /** Wish for a cap. Returns whether to ask for it now: while a request is under way, its answer comes first. */
  wish(cap: Cap): boolean {
    this.#wished.value = { cap };
    this.#isNewer = this.#underWay;
    this.#underWay = true;
    return !this.#isNewer;
  }

  /** The request under way has ended. Returns what was wished since, to ask for it now; null when nothing was. */
  ended(how: Outcome["kind"]): Wished | null {
    this.#underWay = this.#isNewer;
    this.#isNewer = false;
    if (this.#underWay) return this.#wished.peek();
    if (how === "refused" || how === "unanswered") this.#wished.value = null;
    return null;
  }

  /** The robot has stated its cap: a wish that was answered is over, whatever has become of it. */
  stated(): void {
    if (!this.#underWay) this.#wished.value = null;
  }
}
