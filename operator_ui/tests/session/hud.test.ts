import { describe, expect, it } from "vitest";
import { hudOf, LoopDelays } from "../../src/session/hud";
import { telemetry } from "../builders";

const NO_RATES = { fps: null, kbps: null, rttMs: null };

describe("the loop delay", () => {
  it("is the median of the last second", () => {
    const delays = new LoopDelays();
    for (const [atMs, loopMs] of [
      [0, 900],
      [1_000, 80],
      [1_050, 90],
      [1_100, 300],
    ] as const) {
      delays.note(telemetry({ loop_delay_ms: loopMs }), atMs);
    }

    expect(delays.median(1_100)).toBe(90);
    expect(delays.median(9_000)).toBeNull();
  });

  it("is a budget: the parts add up to the whole as shown", () => {
    for (const [loopMs, rttMs] of [
      [84.4, 37.6],
      [90.5, 40.5],
      [20.2, 31.0], // the round trip was measured in a slower moment
    ] as const) {
      const hud = hudOf(null, loopMs, { ...NO_RATES, rttMs }, null);

      expect(Math.round(hud.networkMs ?? Number.NaN) + (hud.endsMs ?? Number.NaN)).toBe(Math.round(loopMs));
    }
  });

  it("is unknown while no command is in force", () => {
    const delays = new LoopDelays();
    delays.note(telemetry(), 0);

    expect(hudOf(telemetry(), delays.median(0), NO_RATES, null)).toMatchObject({
      loopMs: null,
      networkMs: null,
      endsMs: null,
    });
  });
});

it("says nothing of speed and limit while the robot is not heard", () => {
  expect(hudOf(null, null, NO_RATES, null)).toMatchObject({
    askedMps: null,
    appliedMps: null,
    limit: null,
  });
});
