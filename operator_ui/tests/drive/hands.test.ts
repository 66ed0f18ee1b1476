import { describe, expect, it } from "vitest";
import { type Hand, handOf, NEUTRAL } from "../../src/drive/hand";
import { handOfKeys, type KeyInput, NO_KEYS, reduceKeys } from "../../src/drive/keys";
import { NO_PAD, type Pad, type PadReading, reducePad, releasePad } from "../../src/drive/pad";
import { shapeAxis, twistOf } from "../../src/drive/shaping";
import { handOfStick, NO_STICK, reduceStick } from "../../src/drive/stick";
import { PROFILE } from "../builders";

const down = (code: string, part: Partial<Extract<KeyInput, { kind: "down" }>> = {}): KeyInput => ({
  kind: "down",
  code,
  repeat: false,
  modified: false,
  ...part,
});
const up = (code: string): KeyInput => ({ kind: "up", code });
const keysAfter = (...inputs: readonly KeyInput[]) => handOfKeys(inputs.reduce(reduceKeys, NO_KEYS));

describe("driving by keyboard", () => {
  it.each([
    ["KeyW", { forward: 1 }],
    ["ArrowUp", { forward: 1 }],
    ["KeyS", { forward: -1 }],
    ["ArrowDown", { forward: -1 }],
    ["KeyA", { turn: 1 }],
    ["ArrowLeft", { turn: 1 }],
    ["KeyD", { turn: -1 }],
    ["ArrowRight", { turn: -1 }],
    ["KeyQ", { left: 1 }],
    ["KeyE", { left: -1 }],
  ])("%s drives %j while it is held", (code, part) => {
    expect(keysAfter(down(code))).toEqual({ ...NEUTRAL, source: "keys", deadMan: true, ...part });
    expect(keysAfter(down(code), up(code))).toEqual(NEUTRAL);
  });

  it("adds two keys up, and lets opposite ones cancel with the hand still on", () => {
    expect(keysAfter(down("KeyW"), down("KeyA"))).toMatchObject({ forward: 1, turn: 1 });
    expect(keysAfter(down("KeyW"), down("KeyS"))).toMatchObject({ deadMan: true, forward: 0 });
    expect(keysAfter(down("KeyW"), down("ArrowUp"))).toMatchObject({ forward: 1 });
  });

  it("goes slowly with Shift, which alone is no dead-man", () => {
    expect(keysAfter(down("ShiftLeft"), down("KeyW")).pace).toBe("slow");
    expect(keysAfter(down("ShiftLeft"))).toEqual(NEUTRAL);
  });

  it("is neutral after a release, and a key still down does not drive again by repeating", () => {
    expect(keysAfter(down("KeyW"), { kind: "release" }, down("KeyW", { repeat: true }))).toEqual(NEUTRAL);
    expect(keysAfter(down("KeyW"), { kind: "release" }, up("KeyW"), down("KeyW")).deadMan).toBe(true);
  });

  it("lets go of all keys when a shortcut begins, since its key-ups may never come", () => {
    expect(keysAfter(down("KeyW"), down("KeyA", { modified: true }))).toEqual(NEUTRAL);
  });

  it("ignores other keys", () => {
    expect(keysAfter(down("KeyX"), down("toString"))).toEqual(NEUTRAL);
  });
});

describe("driving by gamepad", () => {
  const reading = (
    part: { axes?: number[]; held?: number[]; mapping?: string; id?: string } = {},
  ): PadReading => ({
    id: part.id ?? "pad",
    mapping: part.mapping ?? "standard",
    connected: true,
    axes: part.axes ?? [0, -1, 0, 0],
    pressed: Array.from({ length: 17 }, (_, button) => part.held?.includes(button) === true),
  });
  const LB = 4;
  const RB = 5;
  const B = 1;
  const BACK = 8;
  const padAfter = (...readings: readonly (PadReading | null)[]): Pad => readings.reduce(reducePad, NO_PAD);

  it("drives while LB is held: stick up is forward, stick right turns clockwise", () => {
    const hand = padAfter(reading(), reading({ held: [LB], axes: [1, -1, 0, 0] })).hand;

    expect(hand).toEqual({
      source: "pad",
      deadMan: true,
      forward: 1,
      left: 0,
      turn: -1,
      pace: null,
      toward: null,
    });
  });

  it("is still when LB is off, wherever the stick is", () => {
    expect(padAfter(reading()).hand).toEqual(NEUTRAL);
  });

  it("goes fast while RB is held", () => {
    expect(padAfter(reading(), reading({ held: [RB] })).hand).toMatchObject({ deadMan: true, pace: "fast" });
  });

  it("does not drive with a button that was down when the pad appeared", () => {
    expect(padAfter(reading({ held: [LB] }), reading({ held: [LB] })).hand).toEqual(NEUTRAL);
    expect(padAfter(reading({ held: [LB] }), reading(), reading({ held: [LB] })).hand.deadMan).toBe(true);
  });

  it("must be let go after a release before it drives again", () => {
    const driving = padAfter(reading(), reading({ held: [LB] }));
    const released = reducePad(releasePad(driving), reading({ held: [LB] }));

    expect(released.hand).toEqual(NEUTRAL);
    expect(reducePad(reducePad(released, reading()), reading({ held: [LB] })).hand.deadMan).toBe(true);
  });

  it("is neutral when it is unplugged, or when its buttons could be anything", () => {
    expect(padAfter(reading(), reading({ held: [LB] }), null)).toEqual(NO_PAD);
    expect(padAfter(reading(), reading({ held: [LB], mapping: "" }))).toEqual({
      ...NO_PAD,
      state: { kind: "unusable", id: "pad" },
    });
  });

  it("must be seen neutral anew when another pad takes its place", () => {
    expect(padAfter(reading(), reading({ held: [LB] }), reading({ id: "other", held: [LB] })).hand).toEqual(
      NEUTRAL,
    );
  });

  it.each([B, BACK])("stops once when button %i goes down", (button) => {
    const pressed = padAfter(reading(), reading({ held: [button] }));

    expect(pressed.stop).toBe(true);
    expect(reducePad(pressed, reading({ held: [button] })).stop).toBe(false);
  });

  it.each([
    [12, 1],
    [13, 2],
    [14, 3],
    [15, 4],
  ])("asks once for a gesture when arm %i of the cross goes down", (arm, digit) => {
    expect(padAfter(reading({ held: [arm] })).cross).toBeNull(); // it was down when the pad appeared
    const pressed = padAfter(reading(), reading({ held: [arm] }));
    expect(pressed.cross).toBe(digit);
    expect(releasePad(pressed).cross).toBeNull();
    expect(reducePad(pressed, reading({ held: [arm] })).cross).toBeNull();
    expect(reducePad(reducePad(pressed, reading()), reading({ held: [arm] })).cross).toBe(digit);
  });

  it("survives axes that are missing or not numbers", () => {
    expect(padAfter(reading(), reading({ held: [LB], axes: [] })).hand).toMatchObject({
      forward: 0,
      turn: 0,
    });
    expect(padAfter(reading(), reading({ held: [LB], axes: [Number.NaN, Number.NaN] })).hand).toMatchObject({
      forward: 0,
      turn: 0,
    });
  });
});

describe("driving by the stick on the screen", () => {
  it("drives while one finger is on it", () => {
    const held = reduceStick(NO_STICK, { kind: "down", pointer: 1, x: 0, y: -1 });

    expect(handOfStick(held)).toMatchObject({ source: "stick", deadMan: true, forward: 1, turn: 0 });
    expect(handOfStick(reduceStick(held, { kind: "up", pointer: 1 }))).toEqual(NEUTRAL);
    expect(handOfStick(reduceStick(held, { kind: "release" }))).toEqual(NEUTRAL);
  });

  it("turns clockwise to the right", () => {
    expect(handOfStick({ pointer: 1, x: 1, y: 0 }).turn).toBe(-1);
  });

  it("stays inside its circle", () => {
    const pulled = reduceStick({ pointer: 1, x: 0, y: 0 }, { kind: "move", pointer: 1, x: 30, y: -40 });

    expect(pulled.x).toBeCloseTo(0.6);
    expect(pulled.y).toBeCloseTo(-0.8);
  });

  it("ignores a second finger", () => {
    const held = reduceStick(NO_STICK, { kind: "down", pointer: 1, x: 0, y: -1 });

    expect(reduceStick(held, { kind: "down", pointer: 2, x: 1, y: 1 })).toBe(held);
    expect(reduceStick(held, { kind: "move", pointer: 2, x: 1, y: 1 })).toBe(held);
    expect(reduceStick(held, { kind: "up", pointer: 2 })).toBe(held);
  });

  it("does not come back by moving after a release", () => {
    const released = reduceStick({ pointer: 1, x: 0, y: -1 }, { kind: "release" });

    expect(reduceStick(released, { kind: "move", pointer: 1, x: 0, y: -1 })).toEqual(NO_STICK);
  });
});

describe("two hands", () => {
  it("never add up: the first that holds on is in charge", () => {
    const stick: Hand = { ...NEUTRAL, source: "stick", deadMan: true, forward: 1 };
    const keys: Hand = { ...NEUTRAL, source: "keys", deadMan: true, forward: -1 };

    expect(handOf([stick, keys])).toBe(stick);
    expect(handOf([NEUTRAL, keys])).toBe(keys);
    expect(handOf([NEUTRAL, NEUTRAL])).toBe(NEUTRAL);
  });
});

describe("shaping", () => {
  it("begins at zero behind the dead zone and ends at one", () => {
    expect(shapeAxis(0.12)).toBe(0);
    expect(shapeAxis(0.13)).toBeGreaterThan(0);
    expect(shapeAxis(0.13)).toBeLessThan(0.02);
    expect(shapeAxis(1)).toBeCloseTo(1);
    expect(shapeAxis(-1)).toBeCloseTo(-1);
    expect(shapeAxis(7)).toBeCloseTo(1);
  });

  it("never falls as the stick is pushed further", () => {
    const shaped = Array.from({ length: 101 }, (_, step) => shapeAxis(step / 100));

    expect(shaped).toEqual([...shaped].sort((a, b) => a - b));
  });

  it("is zero for what is no number", () => {
    expect(shapeAxis(Number.NaN)).toBe(0);
  });

  const forward: Hand = { ...NEUTRAL, source: "keys", deadMan: true, forward: 1 };

  it("asks for the pace's share of the robot's own caps", () => {
    expect(twistOf(forward, "fast", PROFILE)).toEqual({ vx_mps: 0.6, vy_mps: 0, wz_radps: 0 });
    expect(twistOf(forward, "normal", PROFILE).vx_mps).toBeCloseTo(0.42);
    expect(twistOf({ ...forward, pace: "slow" }, "fast", PROFILE).vx_mps).toBeCloseTo(0.21);
    expect(twistOf({ ...forward, forward: 0, turn: -1 }, "fast", PROFILE).wz_radps).toBe(-0.8);
  });

  it("asks for nothing with the hand off", () => {
    expect(twistOf({ ...forward, deadMan: false }, "fast", PROFILE)).toEqual({
      vx_mps: 0,
      vy_mps: 0,
      wz_radps: 0,
    });
  });

  it("goes sideways only with a robot that can, and no faster askew than ahead", () => {
    const askew = { ...forward, left: 1 };

    expect(twistOf({ ...forward, forward: 0, left: 1 }, "fast", PROFILE).vy_mps).toBe(0);
    const twist = twistOf(askew, "fast", { ...PROFILE, holonomic: true });
    expect(Math.hypot(twist.vx_mps, twist.vy_mps)).toBeCloseTo(0.6, 2);
  });

  it("never says minus zero", () => {
    expect(Object.is(twistOf({ ...forward, forward: -0 }, "fast", PROFILE).vx_mps, 0)).toBe(true);
  });
});
