/** What a check found, as staff are told it, and how old such a report is. Pure. */
import type { BridgeClock } from "../../link/bridge-link";
import type { CheckLine, Preflight } from "../../wire/messages.gen";
import type { Line } from "./line";
import type { CheckResult } from "./preflight";

const MOST_LINES = 24;
const ABOUT_CHARS = 60;

/** Return the report of a check for the bridge; `aheadMs` is this device's clock before the bridge's. */
export function reportOf({ lines, soakS, atUnixMs }: CheckResult, aheadMs: number): Preflight {
  return {
    type: "preflight",
    at_unix_ms: Math.max(0, Math.round(atUnixMs - aheadMs)),
    soak_s: soakS,
    lines: lines.slice(0, MOST_LINES).map(wireLine),
  };
}

function wireLine({ check, health, seen, figures, about }: Line): CheckLine {
  const told = Object.entries(figures)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => [name, Math.round(value * 1000) / 1000]);
  return {
    check,
    health,
    seen,
    figures: Object.fromEntries(told),
    about: [...about].slice(0, ABOUT_CHARS).join(""),
  };
}

/** Return the bridge's time now, as well as the welcome tells; this device's own before one. */
export function bridgeNow(clock: BridgeClock | null, nowMs: number, nowUnixMs: number): number {
  return clock === null ? nowUnixMs : clock.unixMs + nowMs - clock.atMs;
}

/** Return a line as it came over the wire, with nothing left out. */
export function lineOf({ check, health, seen, figures = {}, about = "" }: CheckLine): Required<CheckLine> {
  return { check, health, seen, figures, about };
}
