/** The last minutes of the link and the robot, four looks a second: for plots, and for what led to a stop. */
import type { Hud } from "./hud";

/** One look; what is not known is null. Speeds in m/s, delays in ms. */
export interface Sample {
  /** Monotonic ms of this page. */
  readonly atMs: number;
  readonly loopMs: number | null;
  readonly rttMs: number | null;
  /** How long ago the robot heard the newest command. */
  readonly gapMs: number | null;
  readonly kbps: number | null;
  readonly lost: number | null;
  readonly askedMps: number | null;
  readonly appliedMps: number | null;
  readonly battery: number | null;
}

export const KEPT_MS = 120_000;

export function sampleOf(hud: Hud, atMs: number): Sample {
  return {
    atMs,
    loopMs: hud.loopMs,
    rttMs: hud.rttMs ?? hud.bridgeRttMs,
    gapMs: hud.commandAgeMs,
    kbps: hud.kbps,
    lost: hud.lost,
    askedMps: hud.askedMps,
    appliedMps: hud.appliedMps,
    battery: hud.battery,
  };
}

/** Return the record with one more look, and without those that are too old. */
export function recorded(record: readonly Sample[], sample: Sample): readonly Sample[] {
  const first = record.findIndex((each) => sample.atMs - each.atMs <= KEPT_MS);
  return [...record.slice(first === -1 ? record.length : first), sample];
}

/** Return the looks between two times. */
export function between(record: readonly Sample[], fromMs: number, toMs: number): readonly Sample[] {
  return record.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}
