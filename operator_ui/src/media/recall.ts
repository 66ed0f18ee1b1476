/** When a call is worth making again. Pure: every sign and the time come in. */
import type { NoPicture } from "./picture";

const ANSWER_WITHIN_MS = 4_000;
const FIRST_PICTURE_WITHIN_MS = 5_000;
const FROZEN_AFTER_MS = 2_000;
/** With looks four times a second, a silent robot is noticed within a second. */
const LOST_AFTER_MS = 700;
/** A session that the network took may come back by itself, sooner than a new one can be made. */
const RECALL_AFTER_MS = 1_000;
/** The bridge is proven to be there when it was heard so much later than the robot. */
const PROVEN_BY_MS = 250;
/** Looks farther apart than this tell of a page that slept: a laptop's lid, a hidden tab. */
const ASLEEP_MS = 600;
/** How long the robot has to be heard once the page is awake. */
const WAKING_MS = 400;
const FIRST_GAP_MS = 500;
const GAP_CAP_MS = 500;
const REFUSED_GAP_CAP_MS = 8_000;

export interface CallSigns {
  readonly offeredMs: number;
  /** Whether pictures are to come at all. */
  readonly pictures: boolean;
  readonly answered: boolean;
  readonly refused: boolean;
  readonly connection: RTCPeerConnectionState;
  /** When anything of the robot last came over the call, picture or word; null before the first. */
  readonly heardMs: number | null;
  /** When the robot was heard again after it was lost: its pictures may take a moment more. Before: when it was offered. */
  readonly resumedMs: number;
  /** When a picture last came in, shown or not; null before the first. */
  readonly pictureMs: number | null;
}

/** The way to the robot through the bridge, by which it is called. */
export interface Way {
  /** The bridge let this page in, and says that the robot is there. */
  readonly open: boolean;
  /** When the bridge was last heard, null before. */
  readonly heardMs: number | null;
}

/** Return what ails the call, or null while it is well or may still become so. */
export function ailment(call: CallSigns, nowMs: number): NoPicture | null {
  if (call.refused) return "refused";
  if (call.connection === "failed" || call.connection === "closed") return "failed";
  if (!call.answered) return nowMs - call.offeredMs >= ANSWER_WITHIN_MS ? "no_answer" : null;
  if (call.heardMs !== null && nowMs - call.heardMs >= LOST_AFTER_MS) return "lost";
  if (!call.pictures) return call.heardMs === null ? silentSince(call.resumedMs, nowMs) : null;
  if (call.pictureMs === null) return nowMs - call.resumedMs >= FIRST_PICTURE_WITHIN_MS ? "frozen" : null;
  return nowMs - Math.max(call.pictureMs, call.resumedMs) >= FROZEN_AFTER_MS ? "frozen" : null;
}

function silentSince(offeredMs: number, nowMs: number): NoPicture | null {
  return nowMs - offeredMs >= FIRST_PICTURE_WITHIN_MS ? "lost" : null;
}

/** Return the signs after the robot was heard. */
export function heard(call: CallSigns, atMs: number): CallSigns {
  const lost = call.heardMs !== null && atMs - call.heardMs >= LOST_AFTER_MS;
  return {
    ...call,
    heardMs: Math.max(call.heardMs ?? 0, atMs),
    resumedMs: lost ? atMs : call.resumedMs,
  };
}

/**
 * Return whether to call anew, given what ails the call.
 * A lost one is kept while the bridge is as silent as the robot: then it is the network that is away, an offer would
 * reach nobody, and the session comes back with it.
 */
export function isWorthCalling(ails: NoPicture, call: CallSigns, way: Way, nowMs: number): boolean {
  if (!way.open) return false;
  if (ails !== "lost" || call.heardMs === null) return true;
  return nowMs - call.heardMs >= RECALL_AFTER_MS && (way.heardMs ?? 0) >= call.heardMs + PROVEN_BY_MS;
}

/** Return the signs as they count after a look at `lookedMs`: no silence is held against the robot while the page slept. */
export function awake(call: CallSigns, lookedMs: number, nowMs: number): CallSigns {
  if (call.heardMs === null || nowMs - lookedMs < ASLEEP_MS) return call;
  const grace = nowMs - LOST_AFTER_MS + WAKING_MS;
  return {
    ...call,
    heardMs: Math.max(call.heardMs, grace),
    pictureMs: call.pictureMs === null ? null : Math.max(call.pictureMs, grace),
  };
}

/**
 * Return how long to wait between one call and the next, after `failures` calls in a row without a picture.
 * A network that comes back must find a call under way; a robot that refuses is asked ever more seldom.
 */
export function callGapMs(failures: number, refused: boolean): number {
  if (failures === 0) return 0;
  return Math.min(refused ? REFUSED_GAP_CAP_MS : GAP_CAP_MS, FIRST_GAP_MS * 2 ** (failures - 1));
}
