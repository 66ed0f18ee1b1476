/** When a call is worth making again. Pure: every sign and the time come in. */
import type { NoPicture } from "./picture";

const ANSWER_WITHIN_MS = 4_000;
const FIRST_PICTURE_WITHIN_MS = 5_000;
const FROZEN_AFTER_MS = 2_000;
const DISCONNECTED_FOR_MS = 1_500;
const FIRST_GAP_MS = 500;
const GAP_CAP_MS = 8_000;

export interface CallSigns {
  readonly offeredMs: number;
  readonly answered: boolean;
  readonly refused: boolean;
  readonly connection: RTCPeerConnectionState;
  /** Since when the connection has been in that state. */
  readonly connectionSinceMs: number;
  /** When a picture last came in, shown or not; null before the first. */
  readonly pictureMs: number | null;
}

/** Return what ails the call, or null while it is well or may still become so. */
export function ailment(call: CallSigns, nowMs: number): NoPicture | null {
  if (call.refused) return "refused";
  if (call.connection === "failed" || call.connection === "closed") return "failed";
  if (call.connection === "disconnected" && nowMs - call.connectionSinceMs >= DISCONNECTED_FOR_MS)
    return "failed";
  if (!call.answered) return nowMs - call.offeredMs >= ANSWER_WITHIN_MS ? "no_answer" : null;
  if (call.pictureMs === null) return nowMs - call.offeredMs >= FIRST_PICTURE_WITHIN_MS ? "frozen" : null;
  return nowMs - call.pictureMs >= FROZEN_AFTER_MS ? "frozen" : null;
}

/** Return how long to wait between one call and the next, after `failures` calls in a row without a picture. */
export function callGapMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(GAP_CAP_MS, FIRST_GAP_MS * 2 ** (failures - 1));
}
