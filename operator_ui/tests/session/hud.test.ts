import { describe, expect, it } from "vitest";
import { hudOf, LastSecond, loopPartsOf } from "../../src/session/hud";
import type { RobotState } from "../../src/wire/messages.gen";
import { telemetry } from "../builders";

const NOTHING = {
  glass: null,
  telemetry: null,
  loopMs: null,
  pageMs: null,
  rates: { fps: null, kbps: null, rttMs: null, lost: null },
  bridgeRttMs: null,
};

describe("the loop delay", () => {
  it("is the median of the last second", () => {
    const loops = new LastSecond();
    for (const [atMs, loopMs] of [
      [0, 900],
      [1_000, 80],
      [1_050, 90],
      [1_100, 300],
    ] as const) {
      loops.note(loopMs, atMs);
    }

    expect(loops.median(1_100)).toBe(90);
    expect(loops.median(9_000)).toBeNull();
  });

  it("is a budget: the parts add up to the whole as shown, and none is below zero", () => {
    for (const [loopMs, pageMs, rttMs] of [
      [84.4, 11.6, 37.6],
      [90.5, 8.5, 40.5],
      [20.2, 16.0, 31.0], // the round trip was measured in a slower moment
      [5.0, 16.0, 31.0],
    ] as const) {
      const parts = loopPartsOf(loopMs, pageMs, rttMs);

      expect(Math.min(...Object.values(parts ?? {}))).toBeGreaterThanOrEqual(0);
      expect(Object.values(parts ?? {}).reduce((sum, each) => sum + each, 0)).toBe(Math.round(loopMs));
    }
    expect(loopPartsOf(84, 12, 40)).toEqual({ pictureMs: 52, pageMs: 12, commandMs: 20 });
  });

  it("has parts only for whoever drives, over the road that was measured", () => {
    expect(loopPartsOf(84, null, 40)).toBeNull();
    expect(loopPartsOf(84, 12, null)).toBeNull();
  });

  it("is unknown while no command is in force", () => {
    expect(hudOf({ ...NOTHING, telemetry: telemetry() })).toMatchObject({ loopMs: null, loopParts: null });
  });
});

it("tells the speed that the caps allow while the robot is driven, and not the zero of one that is held", () => {
  const allowed = (state: RobotState) =>
    hudOf({ ...NOTHING, telemetry: telemetry({ state, allowed_mps: 0.3 }) }).allowedMps;

  expect([allowed("driving"), allowed("degraded")]).toEqual([0.3, 0.3]);
  expect([allowed("hold"), allowed("leased"), allowed("stopped")]).toEqual([null, null, null]);
});

it("says nothing of speed and limit while the robot is not heard", () => {
  expect(hudOf(NOTHING)).toMatchObject({
    askedMps: null,
    appliedMps: null,
    allowedMps: null,
    limit: null,
  });
});
