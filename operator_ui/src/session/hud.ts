/** The figures under the picture: a budget whose parts add up to the whole, renewed four times a second. */
import type { Glass } from "../media/glass";
import type { Rates } from "../media/rates";
import type { Limit, Telemetry } from "../wire/messages.gen";

/** Where the loop delay goes, in whole ms that add up to it as shown. */
export interface LoopParts {
  /** From the lens until the picture was on this screen. */
  readonly pictureMs: number;
  /** From then until this page sent the next command. */
  readonly pageMs: number;
  /** From then until the robot had it: half a round trip. */
  readonly commandMs: number;
}

export interface Hud {
  /** From the robot's lens to this screen, with its parts; null while it is not known. */
  readonly glass: Glass | null;
  /** Camera -> eye -> hand -> wheel, the median of the last second; null while no command is in force. */
  readonly loopMs: number | null;
  /** Null while the loop is not this page's own, or one of its parts is not known. */
  readonly loopParts: LoopParts | null;
  readonly rttMs: number | null;
  readonly bridgeRttMs: number | null;
  readonly fps: number | null;
  readonly kbps: number | null;
  /** The share of the picture's packets that were lost on the way. */
  readonly lost: number | null;
  /** These are null while the robot is not heard. */
  readonly askedMps: number | null;
  readonly appliedMps: number | null;
  /** What all caps together allow; null too while the robot is not driven. */
  readonly allowedMps: number | null;
  readonly limit: Limit | null;
  readonly battery: number | null;
  readonly commandAgeMs: number | null;
}

export const NO_HUD: Hud = {
  glass: null,
  loopMs: null,
  loopParts: null,
  rttMs: null,
  bridgeRttMs: null,
  fps: null,
  kbps: null,
  lost: null,
  askedMps: null,
  appliedMps: null,
  allowedMps: null,
  limit: null,
  battery: null,
  commandAgeMs: null,
};

const WINDOW_MS = 1_000;

/** What was measured in the last second. */
export class LastSecond {
  #samples: { readonly atMs: number; readonly value: number }[] = [];

  note(value: number, nowMs: number): void {
    this.#samples.push({ atMs: nowMs, value });
  }

  /** Return the median of the last second, null when nothing was measured. */
  median(nowMs: number): number | null {
    this.#samples = this.#samples.filter((each) => nowMs - each.atMs <= WINDOW_MS);
    const sorted = this.#samples.map((each) => each.value).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }
}

/** Return the parts of a loop, of which `pageMs` and the round trip were measured here; the rest is the picture's way. */
export function loopPartsOf(
  loopMs: number | null,
  pageMs: number | null,
  rttMs: number | null,
): LoopParts | null {
  if (loopMs === null || pageMs === null || rttMs === null) return null;
  const whole = Math.round(loopMs);
  const command = Math.min(whole, Math.round(rttMs / 2));
  const page = Math.min(whole - command, Math.round(pageMs));
  return { pictureMs: whole - command - page, pageMs: page, commandMs: command };
}

export interface Measured {
  readonly glass: Glass | null;
  /** Null while the robot is not heard. */
  readonly telemetry: Telemetry | null;
  readonly loopMs: number | null;
  /** How old on the screen the newest picture was when a command left; null while this page does not drive. */
  readonly pageMs: number | null;
  readonly rates: Rates;
  readonly bridgeRttMs: number | null;
}

/** Return the figures for now. */
export function hudOf({ glass, telemetry, loopMs, pageMs, rates, bridgeRttMs }: Measured): Hud {
  const speed = (twist: { vx_mps: number; vy_mps: number } | undefined) =>
    twist === undefined ? null : Math.hypot(twist.vx_mps, twist.vy_mps);
  return {
    glass,
    loopMs,
    loopParts: loopPartsOf(loopMs, pageMs, rates.rttMs),
    rttMs: rates.rttMs,
    bridgeRttMs,
    fps: rates.fps,
    kbps: rates.kbps,
    lost: rates.lost,
    askedMps: speed(telemetry?.asked),
    appliedMps: speed(telemetry?.applied),
    allowedMps:
      telemetry?.state === "driving" || telemetry?.state === "degraded" ? telemetry.allowed_mps : null,
    limit: telemetry?.limit ?? null,
    battery: telemetry?.battery ?? null,
    commandAgeMs: telemetry?.command_age_ms ?? null,
  };
}
