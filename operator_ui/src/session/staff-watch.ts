/** Staff watch: a page that is seen answers the robot's beacons. Where the show asks for it, the robot moves only then. */
import type { Watch } from "../wire/messages.gen";
import { type Room, TELEMETRY_FRESH_MS } from "./room";

const WATCH_EVERY_MS = 300;

export class StaffWatch {
  #sentMs = -Infinity;

  /**
   * Return the answer to send now, on every road; to be asked every 20 ms.
   * `seen` says that somebody of the staff has the page before them. A beacon too old to count is not answered.
   */
  step(nowMs: number, seen: boolean, { telemetry, telemetryMs }: Room): Watch | null {
    if (!seen || telemetry === null || nowMs - (telemetryMs ?? -Infinity) > TELEMETRY_FRESH_MS) return null;
    if (nowMs - this.#sentMs < WATCH_EVERY_MS) return null;
    this.#sentMs = nowMs;
    return { type: "watch", epoch: telemetry.epoch, beacon: telemetry.tick };
  }
}
