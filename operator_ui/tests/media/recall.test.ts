import { describe, expect, it } from "vitest";
import { ailment, awake, type CallSigns, callGapMs, heard, isWorthCalling } from "../../src/media/recall";

const well: CallSigns = {
  offeredMs: 0,
  pictures: true,
  answered: true,
  refused: false,
  connection: "connected",
  heardMs: 1_000,
  resumedMs: 0,
  pictureMs: 1_000,
};

describe("a call", () => {
  it.each([
    ["is well while the robot is heard", well, 1_699, null],
    ["is lost 700 ms after that", well, 1_700, "lost"],
    ["is well while pictures come", { ...well, heardMs: 2_990 }, 2_999, null],
    ["is frozen two seconds after the last picture", { ...well, heardMs: 2_990 }, 3_000, "frozen"],
    ["waits five seconds for the first picture", { ...well, heardMs: 4_900, pictureMs: null }, 4_999, null],
    [
      "is frozen when the first picture does not come",
      { ...well, heardMs: 4_900, pictureMs: null },
      5_000,
      "frozen",
    ],
    ["waits for a robot that was never heard", { ...well, heardMs: null, pictureMs: null }, 4_999, null],
    ["is frozen when nothing comes at all", { ...well, heardMs: null, pictureMs: null }, 5_000, "frozen"],
    ["waits four seconds for the answer", { ...well, answered: false, pictureMs: null }, 3_999, null],
    ["has no answer after that", { ...well, answered: false, pictureMs: null }, 4_000, "no_answer"],
    ["is refused at once", { ...well, refused: true }, 1_001, "refused"],
    ["failed when the connection did", { ...well, connection: "failed" }, 1_001, "failed"],
    ["lives on through a disconnection in which the robot is heard", disconnected(1_500), 1_501, null],
  ] as const)("%s", (_what, signs, nowMs, expected) => {
    expect(ailment(signs, nowMs)).toBe(expected);
  });
});

describe("a robot that is heard again", () => {
  it("has two seconds for its first picture, however old the last one is", () => {
    const back = heard(well, 9_000);

    expect(ailment({ ...back, heardMs: 10_990 }, 10_999)).toBeNull();
    expect(ailment({ ...back, heardMs: 10_990 }, 11_000)).toBe("frozen");
  });

  it("was not lost while it was heard often enough", () => {
    expect(heard(well, 1_699).resumedMs).toBe(0);
    expect(heard(well, 1_700).resumedMs).toBe(1_700);
    expect(heard({ ...well, heardMs: null }, 9_000)).toMatchObject({ heardMs: 9_000, resumedMs: 0 });
  });
});

function disconnected(heardMs: number): CallSigns {
  return { ...well, connection: "disconnected", heardMs };
}

describe("a call is made again", () => {
  const proven = { open: true, heardMs: 1_990 };

  it.each(["refused", "failed", "no_answer", "frozen"] as const)("at once when it is %s", (ails) => {
    expect(isWorthCalling(ails, well, { open: true, heardMs: 0 }, 1_001)).toBe(true);
  });

  it("when the robot is lost and the bridge is there, a second after the last word", () => {
    expect(isWorthCalling("lost", well, proven, 1_999)).toBe(false);
    expect(isWorthCalling("lost", well, proven, 2_000)).toBe(true);
  });

  it("not while the bridge is as silent as the robot: the network that took both brings the session back", () => {
    expect(isWorthCalling("lost", well, { open: true, heardMs: 1_249 }, 9_000)).toBe(false);
    expect(isWorthCalling("lost", well, { open: true, heardMs: 1_250 }, 9_000)).toBe(true);
    expect(isWorthCalling("lost", well, { open: true, heardMs: null }, 9_000)).toBe(false);
  });

  it("never without a way to the robot", () => {
    expect(isWorthCalling("failed", well, { open: false, heardMs: 9_000 }, 9_000)).toBe(false);
  });

  it("at once, then after half a second at most; only a robot that refuses is asked ever more seldom", () => {
    const failures = [0, 1, 2, 3, 4, 5, 20];

    expect(failures.map((count) => callGapMs(count, false))).toEqual([0, 500, 500, 500, 500, 500, 500]);
    expect(failures.map((count) => callGapMs(count, true))).toEqual([0, 500, 1000, 2000, 4000, 8000, 8000]);
  });
});

describe("a page that slept", () => {
  it("holds no silence against the robot, which then has 400 ms to be heard", () => {
    const woken = awake(well, 1_100, 61_100);

    expect(ailment(woken, 61_100)).toBeNull();
    expect(ailment(woken, 61_499)).toBeNull();
    expect(ailment(woken, 61_500)).toBe("lost");
  });

  it("does not grow older pictures, nor invents one", () => {
    expect(awake({ ...well, pictureMs: null }, 1_100, 61_100).pictureMs).toBeNull();
    expect(awake({ ...well, heardMs: 61_090, pictureMs: 61_080 }, 1_100, 61_100)).toMatchObject({
      heardMs: 61_090,
      pictureMs: 61_080,
    });
  });

  it("is told from one that is awake by looks that are far apart", () => {
    expect(awake(well, 1_500, 2_099)).toBe(well);
    expect(awake(well, 1_500, 2_100)).not.toBe(well);
  });
});
