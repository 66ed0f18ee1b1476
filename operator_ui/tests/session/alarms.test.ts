import { describe, expect, it } from "vitest";
import {
  type Alarm,
  acknowledged,
  alarmsAfter,
  isLoud,
  type Situation,
  wrongNow,
} from "../../src/session/alarms";
import { EMPTY_ROOM, reduceRoom, robotWord } from "../../src/session/room";
import type { Latch, Telemetry } from "../../src/wire/messages.gen";
import { room, telemetry } from "../builders";

const LATCH: Latch = { cause: "person", by: "x", role: "staff", at_unix_ms: 1 };

function situation(part: Partial<Situation> = {}, told: Partial<Telemetry> = {}): Situation {
  const here = part.room ?? reduceRoom(room(), telemetry({ tick: 2, ...told }), 0);
  return {
    room: here,
    robot: robotWord(here, 0),
    reach: "robot",
    picture: { kind: "fresh" },
    battery: 0.9,
    ...part,
  };
}

describe("what is wrong", () => {
  it("is nothing while all is well, and before anybody is in", () => {
    expect(wrongNow(situation())).toEqual([]);
    expect(wrongNow(situation({ room: EMPTY_ROOM, reach: "none" as Situation["reach"] }))).toEqual([]);
  });

  it("is a robot that is not reached", () => {
    expect(wrongNow(situation({ reach: "bridge" as Situation["reach"] }))).toEqual(["no_robot"]);
  });

  it("is a STOP, but not the one that every robot starts with", () => {
    const stopped = (cause: Latch["cause"]) =>
      room({ telemetry: { state: "stopped" }, status: { latch: { ...LATCH, cause } } });

    expect(wrongNow(situation({ room: stopped("person") }))).toEqual(["stopped"]);
    expect(wrongNow(situation({ room: stopped("boot") }))).toEqual([]);
  });

  it("is a fault", () => {
    expect(wrongNow(situation({ room: room({ status: { faults: ["motor"] } }) }))).toEqual(["fault"]);
  });

  it("is a hold for the link's sake, and no other", () => {
    expect(wrongNow(situation({}, { state: "hold", limit: "silence" }))).toEqual(["presenter_lost"]);
    expect(wrongNow(situation({}, { state: "hold", limit: "not_neutral" }))).toEqual([]);
  });

  it("is an audience that meets the interlude", () => {
    const here = reduceRoom(
      room(),
      {
        type: "show",
        at_unix_ms: 1,
        show: "s",
        phase: "held",
        cue: 0,
        next_go: 0,
        interlude: true,
      },
      0,
    );

    expect(wrongNow(situation({ room: here }))).toEqual(["interlude"]);
  });

  it("is an old picture and a low battery", () => {
    expect(wrongNow(situation({ picture: { kind: "stale", ageMs: 2_000, why: null } }))).toEqual(["picture"]);
    expect(wrongNow(situation({ picture: { kind: "stale", ageMs: 1_999, why: null } }))).toEqual([]);
    expect(wrongNow(situation({ battery: 0.19 }))).toEqual(["battery"]);
    expect(wrongNow(situation({ battery: 0.2 }))).toEqual([]);
    expect(wrongNow(situation({ battery: null }))).toEqual([]);
  });
});

describe("an alarm", () => {
  const raised: Alarm = { kind: "battery", sinceMs: 5, over: false, acknowledged: false };

  it("is raised once, and stays while it is so", () => {
    const alarms = alarmsAfter([], ["battery"], 5);

    expect(alarms).toEqual([raised]);
    expect(alarmsAfter(alarms, ["battery"], 9)).toBe(alarms);
    expect(isLoud(alarms)).toBe(true);
  });

  it("stays when it is over, until somebody has seen it", () => {
    const over = alarmsAfter([raised], [], 9);

    expect(over).toEqual([{ ...raised, over: true }]);
    expect(isLoud(over)).toBe(true);
    expect(acknowledged(over)).toEqual([]);
  });

  it("that was seen is quiet, and goes when it is over", () => {
    const seen = acknowledged([raised]);

    expect(isLoud(seen)).toBe(false);
    expect(alarmsAfter(seen, ["battery"], 9)).toBe(seen);
    expect(alarmsAfter(seen, [], 9)).toEqual([]);
  });

  it("that comes again is raised anew, the newest first", () => {
    const over: Alarm = { ...raised, over: true };

    expect(alarmsAfter([over], ["battery"], 9)).toEqual([{ ...raised, sinceMs: 9 }]);
    expect(alarmsAfter([raised], ["battery", "fault"], 9).map(({ kind }) => kind)).toEqual([
      "fault",
      "battery",
    ]);
  });
});
