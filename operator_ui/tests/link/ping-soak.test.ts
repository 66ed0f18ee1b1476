import { expect, it } from "vitest";
import { PingSoak } from "../../src/link/ping-soak";

it("pings twenty times a second", () => {
  const soak = new PingSoak(0);

  const ids = [0, 20, 40, 60, 80, 109, 110].map((nowMs) => soak.due(nowMs));

  expect(ids).toEqual(["soak-1", null, null, "soak-2", null, null, "soak-3"]);
});

it("tells the round trips, what stayed unanswered, and the longest silence", () => {
  const soak = new PingSoak(0);
  for (const nowMs of [0, 50, 100]) soak.due(nowMs);

  soak.ponged("soak-1", 30);
  soak.ponged("soak-3", 170);
  soak.ponged("soak-3", 180); // a copy
  soak.ponged("ping-7", 190); // none of these

  expect(soak.seen(200)).toEqual({ sent: 3, rttsMs: [30, 70], longestGapMs: 140 });
  expect(soak.seen(700).longestGapMs).toBe(530);
});

it("it is no silence when all pings are answered and none leaves any more", () => {
  const soak = new PingSoak(0);
  soak.due(0);
  soak.ponged("soak-1", 30);

  expect(soak.seen(900).longestGapMs).toBe(30);
});
