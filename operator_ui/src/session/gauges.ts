/** What the page measures of the link, and shows: figures, their last minute, and how old the picture is. */
import { signal } from "@preact/signals";
import { type Picture, pictureAt } from "../media/picture";
import type { Telemetry } from "../wire/messages.gen";
import { type Hud, hudOf, LastSecond, NO_HUD } from "./hud";
import type { Roads } from "./roads";

const HISTORY_KEPT = 120; // a minute at two a second

export class Gauges {
  readonly hud = signal<Hud>(NO_HUD);
  /** Loop delays of the last minute, two a second, oldest first; null where none was in force. */
  readonly history = signal<readonly (number | null)[]>([]);
  readonly picture = signal<Picture>({ kind: "none", why: "not_called" });
  readonly #loops = new LastSecond();
  readonly #pages = new LastSecond();
  #looks = 0;

  /** Note what the robot says of the loop delay. */
  heard(telemetry: Telemetry, nowMs: number): void {
    if (telemetry.loop_delay_ms !== null) this.#loops.note(telemetry.loop_delay_ms, nowMs);
  }

  /** Note that a command leaves, echoing the picture that has been on the screen since `shownMs`. */
  commanded(shownMs: number, nowMs: number): void {
    this.#pages.note(nowMs - shownMs, nowMs);
  }

  /** Renew everything; `telemetry` is null while the robot is not heard. To be done four times a second. */
  look(nowMs: number, telemetry: Telemetry | null, roads: Roads): void {
    const { call } = roads;
    const picture = pictureAt(nowMs, call.frames.shown?.atMs ?? null, call.trouble);
    if (JSON.stringify(picture) !== JSON.stringify(this.picture.peek())) this.picture.value = picture;
    this.hud.value = hudOf({
      glass: call.glass,
      telemetry,
      loopMs: this.#loops.median(nowMs),
      pageMs: this.#pages.median(nowMs),
      rates: roads.rates,
      bridgeRttMs: roads.bridgeRttMs,
    });
    this.#looks += 1;
    if (this.#looks % 2 === 0) {
      this.history.value = [...this.history.peek(), this.hud.peek().loopMs].slice(-HISTORY_KEPT);
    }
  }
}
