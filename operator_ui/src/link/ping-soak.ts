/** Pings over the bridge's socket, twenty a second for a while, and what became of them. */

export interface Pinged {
  readonly sent: number;
  /** In the order of arrival. */
  readonly rttsMs: readonly number[];
  /** The longest time without an answer. */
  readonly longestGapMs: number;
}

const EVERY_MS = 50;

export class PingSoak {
  readonly #sentMs = new Map<string, number>();
  readonly #rttsMs: number[] = [];
  #sent = 0;
  #nextMs: number;
  #heardMs: number;
  #longestGapMs = 0;

  constructor(nowMs: number) {
    this.#nextMs = nowMs;
    this.#heardMs = nowMs;
  }

  /** Return the id of the ping that is due, if one is. */
  due(nowMs: number): string | null {
    if (nowMs < this.#nextMs) return null;
    this.#nextMs = nowMs + EVERY_MS;
    this.#sent += 1;
    const id = `soak-${this.#sent}`;
    this.#sentMs.set(id, nowMs);
    return id;
  }

  /** Take an answer; whatever answers none of these pings says nothing. */
  ponged(id: string, nowMs: number): void {
    const sentMs = this.#sentMs.get(id);
    if (sentMs === undefined) return;
    this.#sentMs.delete(id);
    this.#rttsMs.push(nowMs - sentMs);
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#heardMs);
    this.#heardMs = nowMs;
  }

  /** Return what was seen until now; it is no silence when nothing is left to answer. */
  seen(nowMs: number): Pinged {
    const silentMs = this.#sentMs.size > 0 ? nowMs - this.#heardMs : 0;
    const longestGapMs = Math.max(this.#longestGapMs, silentMs);
    return { sent: this.#sent, rttsMs: this.#rttsMs, longestGapMs };
  }
}
