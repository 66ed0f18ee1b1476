/** Whom this page's voice is for: said again until the robot answers, and again to a robot that is called anew. Pure. */
import type { Ack, SpeakTo, SpokenTo } from "../wire/messages.gen";

const REPEAT_EVERY_MS = 250;

export class SpokenToFlow {
  readonly #newId: () => string;
  #seq: number;
  #asked: SpeakTo | null = null;
  #sentMs = -Infinity;
  #confirmed: SpokenTo | null = null;

  /** `firstSeq` is higher than any of an earlier page of this tab. */
  constructor(newId: () => string, firstSeq: number) {
    this.#newId = newId;
    this.#seq = firstSeq;
  }

  /** Whom the robot takes this voice to be for, as far as it said so in this call. */
  get confirmed(): SpokenTo | null {
    return this.#confirmed;
  }

  /** The robot is called anew: it may have forgotten. */
  restart(): void {
    this.#asked = null;
    this.#confirmed = null;
  }

  /** Return what to send now, for a voice that is `meant` for somebody; null: for nobody. */
  step(nowMs: number, meant: SpokenTo | null): SpeakTo | null {
    if (meant === null || this.#confirmed === meant) return null;
    if (this.#asked?.to !== meant) {
      this.#seq += 1;
      this.#asked = { type: "speak_to", id: this.#newId(), seq: this.#seq, to: meant };
      this.#sentMs = -Infinity;
      this.#confirmed = null;
    }
    if (nowMs - this.#sentMs < REPEAT_EVERY_MS) return null;
    this.#sentMs = nowMs;
    return this.#asked;
  }

  /** Take an acknowledgement, of whatever. */
  settle(ack: Ack): void {
    if (this.#asked === null || ack.id !== this.#asked.id || ack.verdict === "refused") return;
    this.#confirmed = this.#asked.to;
    this.#asked = null;
  }
}
