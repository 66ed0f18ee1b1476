/** The heartbeat over the direct road: by it the robot knows that this page lives, and the page what the robot's clock says. */
import type { Ping, Pong } from "../wire/messages.gen";
import type { ClockOffset } from "./glass";

const EVERY_MS = 200;
const KEPT = 16;
const WINDOW_MS = 10_000;

interface Answer {
  readonly atMs: number;
  readonly rttMs: number;
  /** What the robot's clock said half a round trip ago, less what this page's did; null where it did not tell. */
  readonly offsetMs: number | null;
}

export class Pings {
  #made = 0;
  #pingedMs = -Infinity;
  readonly #underWay = new Map<string, number>();
  #answers: Answer[] = [];

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

  /** Take an answer; one to a ping that is forgotten says nothing. */
  ponged(pong: Pong, nowMs: number): void {
    const sentMs = this.#underWay.get(pong.id);
    if (sentMs === undefined) return;
    this.#underWay.delete(pong.id);
    const robotMs = typeof pong.clock_us === "number" ? pong.clock_us / 1000 : null;
    const offsetMs = robotMs === null ? null : robotMs - (sentMs + nowMs) / 2;
    this.#answers.push({ atMs: nowMs, rttMs: nowMs - sentMs, offsetMs });
  }

  /** Return the offset by the quickest answer of the last ten seconds: half its round trip is all that it can err by. */
  offset(nowMs: number): ClockOffset | null {
    this.#answers = this.#answers.filter((each) => nowMs - each.atMs <= WINDOW_MS);
    const quickest = this.#answers.reduce<Answer | null>(
      (best, each) => (best === null || each.rttMs < best.rttMs ? each : best),
      null,
    );
    if (quickest === null || quickest.offsetMs === null) return null;
    return { offsetMs: quickest.offsetMs, errorMs: quickest.rttMs / 2 };
  }

  /** Forget the answers: another call may reach a robot that was started anew. */
  restart(): void {
    this.#underWay.clear();
    this.#answers = [];
  }
}
