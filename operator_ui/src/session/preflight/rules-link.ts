/** What the figures of the link mean for a show. Pure. */
import type { Pinged } from "../../link/ping-soak";
import type { Soaked, Streamed } from "../../media/relay-soak";
import { PACKET_BYTES } from "../../media/relay-soak";
import type { Relay } from "../../media/relays";
import { LIMITS } from "./limits";
import { type Figures, type Line, line } from "./line";
import { jitterOf, within } from "./stats";

/** By how much this device's clock is ahead of the bridge's, and what that can err by. */
export interface ClockOffset {
  readonly aheadMs: number;
  readonly errorMs: number;
}

/** Judge the clock. Only what is surely off counts: the error is on the clock's side. */
export function clockLine(offset: ClockOffset | null): Line {
  if (offset === null) return line("clock", "amber", "unknown");
  const figures = { ahead_ms: offset.aheadMs, error_ms: offset.errorMs };
  const surelyMs = Math.max(0, Math.abs(offset.aheadMs) - offset.errorMs);
  if (surelyMs >= LIMITS.clockWrongMs) return line("clock", "red", "wrong", { figures });
  if (surelyMs >= LIMITS.clockOffMs) return line("clock", "amber", "off", { figures });
  return line("clock", "green", "right", { figures });
}

/** Judge the bridge's socket. */
export function socketLine({ sent, rttsMs, longestGapMs }: Pinged): Line {
  if (sent === 0) return line("socket", "amber", "ended");
  if (rttsMs.length === 0) return line("socket", "red", "silent");
  const loss = (sent - rttsMs.length) / sent;
  const p95 = within(0.95, rttsMs);
  const figures = {
    rtt_ms: within(0.5, rttsMs),
    p95_ms: p95,
    jitter_ms: jitterOf(rttsMs),
    loss,
    gap_ms: longestGapMs,
  };
  if (loss > LIMITS.poorLoss) return line("socket", "amber", "lossy", { figures });
  if (p95 > LIMITS.poorRttMs || longestGapMs > LIMITS.gapMs)
    return line("socket", "amber", "slow", { figures });
  return line("socket", "green", "quick", { figures });
}

/** Judge each way to a relay; null where the browser could not look. Without any, `udp` may still do. */
export function turnLines(relays: readonly Relay[] | null, udp: boolean): readonly Line[] {
  if (relays === null) return [line("turn", "amber", "unknown")];
  if (relays.length === 0) return [line("turn", "amber", "none")];
  const bad = udp || relays.some((each) => each.answer === "works") ? "amber" : "red";
  return relays.map(({ url, answer, tookMs }) =>
    answer === "works"
      ? line("turn", "green", "works", { about: url, figures: { took_ms: tookMs ?? 0 } })
      : line("turn", bad, answer, { about: url }),
  );
}

/** Judge the streams through a relay. Null where there is no TURN server to send them through. */
export function mediaLine(soaked: Soaked | null): Line {
  if (soaked === null) return line("media", "amber", "none");
  if (typeof soaked === "string") return line("media", "amber", soaked);
  const { down, up } = soaked;
  const rttsMs = [...down.rttsMs, ...up.rttsMs];
  const loss = Math.max(lossOf(down), lossOf(up));
  const rtt = within(0.5, down.rttsMs);
  const p95 = within(0.95, rttsMs);
  const jitter = jitterOf(down.rttsMs);
  if (rttsMs.length === 0) return line("media", "red", "unusable", { figures: { loss: 1 } });
  const figures: Figures = {
    down_bps: rateOf(down),
    up_bps: rateOf(up),
    loss,
    rtt_ms: rtt,
    p95_ms: p95,
    jitter_ms: jitter,
  };
  if (loss > LIMITS.poorLoss || p95 > LIMITS.poorRttMs * 2)
    return line("media", "red", "unusable", { figures });
  if (loss > LIMITS.goodLoss || jitter > LIMITS.goodJitterMs)
    return line("media", "amber", "lossy", { figures });
  if ([down, up].some((each) => sentBps(each) < LIMITS.shareOfRate * each.wantedBps))
    return line("media", "amber", "narrow", { figures });
  if (rtt > LIMITS.goodRttMs) return line("media", "amber", "far", { figures });
  return line("media", "green", "good", { figures });
}

function lossOf({ sent, rttsMs }: Streamed): number {
  return sent === 0 ? 1 : (sent - rttsMs.length) / sent;
}

function sentBps({ sent, seconds }: Streamed): number {
  return seconds === 0 ? 0 : (sent * PACKET_BYTES * 8) / seconds;
}

/** What came back. */
function rateOf({ rttsMs, seconds }: Streamed): number {
  return seconds === 0 ? 0 : (rttsMs.length * PACKET_BYTES * 8) / seconds;
}
