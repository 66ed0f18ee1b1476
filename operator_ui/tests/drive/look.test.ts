import { describe, expect, it } from "vitest";
import { LookControl } from "../../src/drive/look";

const LEASE = { epoch: "e1", fence: 3 };
const REACH = { pan_rad: 1, tilt_rad: 0 };

function play(look: LookControl, fromMs: number, toMs: number) {
  const said = [];
  for (let ms = fromMs; ms <= toMs; ms += 20) said.push(...look.step(ms, LEASE, REACH));
  return said;
}

describe("looking about", () => {
  it("turns for as long as a key is held, no farther than the robot can, and says so 20 times a second", () => {
    const look = new LookControl();
    play(look, 0, 0);
    look.hold("KeyJ", true);
    const said = play(look, 20, 1_000);

    expect(said.length).toBeGreaterThan(12);
    expect(said.length).toBeLessThan(22);
    expect(said.at(-1)).toMatchObject({ type: "look", ...LEASE, tilt_rad: 0 });
    expect(said.at(-1)?.pan_rad).toBeCloseTo(0.9, 1);
    expect(said.map(({ seq }) => seq)).toEqual(said.map((_, index) => index + 1));
    play(look, 1_020, 3_000);
    expect(look.wish.value).toEqual({ pan_rad: 1, tilt_rad: 0 });
  });

  it("says its newest direction three times, and then no more", () => {
    const look = new LookControl();
    play(look, 0, 0);
    look.hold("KeyL", true);
    play(look, 20, 100);
    look.hold("KeyL", false);

    expect(play(look, 120, 1_000).length).toBeLessThanOrEqual(3);
    expect(play(look, 1_020, 2_000)).toEqual([]);
  });

  it("follows a stick, and looks ahead at once", () => {
    const look = new LookControl();
    play(look, 0, 0);
    look.turn({ x: -0.5, y: 0 });
    play(look, 20, 500);
    expect(look.wish.value.pan_rad).toBeGreaterThan(0.1);
    look.turn({ x: 0, y: 0 });
    look.ahead();

    expect(play(look, 520, 520)[0]?.pan_rad ?? play(look, 540, 700)[0]?.pan_rad).toBe(0);
  });

  it("says nothing without a lease, for a robot that cannot, or of keys that are not its own", () => {
    const look = new LookControl();
    look.step(0, LEASE, REACH);
    look.hold("KeyW", true);
    expect(look.step(20, LEASE, REACH)).toEqual([]);
    look.hold("KeyI", true);
    expect(look.step(40, null, REACH)).toEqual([]);
    expect(look.step(60, LEASE, null)).toEqual([]);
    expect(play(look, 80, 200)).toEqual([]); // it cannot look up
  });

  it("begins anew under another lease", () => {
    const look = new LookControl();
    play(look, 0, 0);
    look.hold("KeyJ", true);
    play(look, 20, 500);
    look.restart();

    expect(look.wish.value).toEqual({ pan_rad: 0, tilt_rad: 0 });
    expect(play(look, 520, 900)).toEqual([]);
  });
});
