/** The figures under the picture: a budget whose parts add up to the whole, renewed four times a second. */
import type { Rates } from "../media/rates";
import type { Limit, Telemetry } from "../wire/messages.gen";

export interface Hud {
  /** Camera -> eye -> hand -> wheel, the median of the last second; null while no command is in force. */
  readonly loopMs: number | null;
  /** The part of it that is network: the picture's way here and the command's way back, one round trip. */
  readonly networkMs: number | null;
  /** The rest, at both ends: camera, coding, display, and the turns of the command stream and of the motion loop. */
  readonly endsMs: number | null;
  readonly rttMs: number | null;
  readonly bridgeRttMs: number | null;
  readonly fps: number | null;
  readonly kbps: number | null;
  /** These are null while the robot is not heard. */
  readonly askedMps: number | null;
  readonly appliedMps: number | null;
  readonly limit: Limit | null;
  readonly battery: number | null;
  readonly commandAgeMs: number | null;
}

export const NO_HUD: Hud = {
  loopMs: null,
  networkMs: null,
  endsMs: null,
  rttMs: null,
  bridgeRttMs: null,
  fps: null,
  kbps: null,
  askedMps: null,
  appliedMps: null,
  limit: null,
  battery: null,
  commandAgeMs: null,
};

const WINDOW_MS = 1_000;

/** The loop delays of the last second. */
export class LoopDelays {
  #samples: { readonly atMs: number; readonly loopMs: number }[] = [];

  /** Note what a telemetry says of it. */
  note(telemetry: Telemetry, nowMs: number): void {
    if (telemetry.loop_delay_ms === null) return;
    this.#samples.push({ atMs: nowMs, loopMs: telemetry.loop_delay_ms });
  }

  /** Return the median of the last second, null when nothing was said. */
  median(nowMs: number): number | null {
    this.#samples = this.#samples.filter((each) => nowMs - each.atMs <= WINDOW_MS);
    return medianOf(this.#samples.map((each) => each.loopMs));
  }
}

/** Return the figures for now. */
export function hudOf(
  telemetry: Telemetry | null,
  loopMs: number | null,
  rates: Rates,
  bridgeRttMs: number | null,
): Hud {
  const rttMs = rates.rttMs ?? bridgeRttMs;
  const networkMs = loopMs === null || rttMs === null ? null : Math.min(rttMs, loopMs);
  const speed = (twist: { vx_mps: number; vy_mps: number } | undefined) =>
    twist === undefined ? null : Math.hypot(twist.vx_mps, twist.vy_mps);
  return {
    loopMs,
    networkMs,
    endsMs: loopMs === null || networkMs === null ? null : Math.round(loopMs) - Math.round(networkMs),
    rttMs: rates.rttMs,
    bridgeRttMs,
    fps: rates.fps,
    kbps: rates.kbps,
    askedMps: speed(telemetry?.asked),
    appliedMps: speed(telemetry?.applied),
    limit: telemetry?.limit ?? null,
    battery: telemetry?.battery ?? null,
    commandAgeMs: telemetry?.command_age_ms ?? null,
  };
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
