import { describe, expect, it } from "vitest";
import { NEUTRAL } from "../../src/drive/hand";
import { handOfMark, reduceToMark } from "../../src/drive/to-mark";

const GOAL = { x_m: 1, y_m: 2, heading_rad: 0 };
const OTHER = { x_m: 9, y_m: 9, heading_rad: 0 };

describe("driving to a mark", () => {
  it("goes on for as long as its own holder holds on", () => {
    const held = reduceToMark(null, { kind: "down", pointer: 1, goal: GOAL });

    expect(held).toEqual({ holder: 1, goal: GOAL });
    expect(reduceToMark(held, { kind: "down", pointer: "key", goal: OTHER })).toBe(held);
    expect(reduceToMark(held, { kind: "up", pointer: "key" })).toBe(held);
    expect(reduceToMark(held, { kind: "up", pointer: 1 })).toBeNull();
    expect(reduceToMark(held, { kind: "release" })).toBeNull();
    expect(reduceToMark(null, { kind: "up", pointer: 1 })).toBeNull();
  });

  it("is a hand that holds the dead-man, at full speed of the pace", () => {
    expect(handOfMark({ holder: 1, goal: GOAL })).toEqual({
      ...NEUTRAL,
      source: "mark",
      deadMan: true,
      forward: 1,
      toward: GOAL,
    });
    expect(handOfMark(null)).toBe(NEUTRAL);
  });
});
