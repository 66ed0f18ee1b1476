/** The heartbeat over the direct road: by it the robot knows that this page lives, and the page how far the robot is. */
import type { Ping, Pong } from "../wire/messages.gen";

const EVERY_MS = 200;
const KEPT = 16;

export class Pings {
  #made = 0;
  #pingedMs = -Infinity;
  readonly #underWay = new Map<string, number>();

  /** Send a ping if one is due; one that `send` could not take is forgotten: the next one follows soon. */
  ping(nowMs: number, send: (ping: Ping) => boolean): void {
    if (nowMs - this.#pingedMs < EVERY_MS) return;
    this.#made += 1;
    const ping: Ping = { type: "ping", id: `direct-${this.#made}` };
    if (!send(ping)) return;
    this.#pingedMs = nowMs;
    this.#underWay.set(ping.id, nowMs);
    const oldest = this.#underWay.keys().next();
    if (this.#underWay.size > KEPT && oldest.value !== undefined) this.#underWay.delete(oldest.value);
  }

  /** Return the round trip in ms of the ping that is answered, null for one that is forgotten. */
  ponged(pong: Pong, nowMs: number): number | null {
    const sentMs = this.#underWay.get(pong.id);
    this.#underWay.delete(pong.id);
    return sentMs === undefined ? null : nowMs - sentMs;
  }
}
