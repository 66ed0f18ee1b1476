import { describe, expect, it } from "vitest";
import { type Room, reduceRoom, robotWord } from "../../src/session/room";
import { showOf } from "../../src/session/show-view";
import type { CueLine, Show, ShowPlan } from "../../src/wire/messages.gen";
import { room } from "../builders";

const GOAL = { x_m: 1, y_m: 0, heading_rad: 0 };

function cue(title: string, kind: string, part: Partial<CueLine> = {}): CueLine {
  return { title, kind, follows: false, lasts_s: null, ...part };
}

const PLAN: ShowPlan = {
  type: "show_plan",
  show: "s1",
  title: "A show",
  marks: [
    { name: "start", goal: { x_m: 0, y_m: 0, heading_rad: 0 } },
    { name: "centre", goal: GOAL },
  ],
  cues: [
    cue("walk", "move", { mark: "centre" }),
    cue("talk", "live", { lasts_s: 60 }),
    cue("staff", "wait_for_staff"),
    cue("wave", "gesture", { follows: true }),
  ],
};

function show(part: Partial<Show> = {}): Show {
  return { type: "show", at_unix_ms: 1, show: "s1", phase: "standby", cue: 0, next_go: 0, ...part };
}

function roomWith(said: Show, plan: ShowPlan = PLAN): Room {
  return reduceRoom(reduceRoom(room(), plan, 0), said, 0);
}

function viewOf(said: Show, { staff = false, nowMs = 0 } = {}) {
  const here = roomWith(said);
  return showOf(here, robotWord(here, nowMs), staff);
}

describe("the run of show", () => {
  it("is not there before both the plan and its state are, and only of one show", () => {
    expect(showOf(room(), null, false)).toBeNull();
    expect(showOf(reduceRoom(room(), PLAN, 0), null, false)).toBeNull();
    expect(showOf(roomWith(show({ show: "s2" })), null, false)).toBeNull();
  });

  it("says of each cue how it stands", () => {
    const states = (said: Show) => viewOf(said)?.cues.map(({ state }) => state);

    expect(states(show())).toEqual(["next", "waiting", "waiting", "waiting"]);
    expect(states(show({ phase: "running", cue: 1, next_go: 2 }))).toEqual([
      "done",
      "running",
      "waiting",
      "waiting",
    ]);
    expect(states(show({ phase: "held", cue: 2, next_go: 2 }))).toEqual(["done", "done", "held", "waiting"]);
    expect(states(show({ phase: "ended", cue: 4, next_go: 4 }))).toEqual(["done", "done", "done", "done"]);
  });

  it("knows what go would do", () => {
    const go = (said: Show, wishes = {}) => viewOf(said, wishes)?.go?.title;

    expect(go(show())).toBe("walk");
    expect(go(show({ phase: "running", cue: 0, next_go: 0 }))).toBeUndefined();
    expect(go(show({ phase: "running", cue: 1, next_go: 2 }))).toBe("staff");
    expect(go(show({ phase: "running", cue: 2, next_go: 3 }))).toBeUndefined();
    expect(go(show({ phase: "running", cue: 2, next_go: 3 }), { staff: true })).toBe("wave");
    expect(go(show({ phase: "held", cue: 1, next_go: 1 }))).toBe("talk");
    expect(go(show({ phase: "ended", cue: 4, next_go: 4 }))).toBeUndefined();
    expect(go(show(), { nowMs: 10_000 })).toBeUndefined(); // the robot is not heard
  });

  it("ends the last cue with go where that waits for somebody", () => {
    const last = { ...PLAN, cues: [cue("talk", "live")] };
    const here = roomWith(show({ phase: "running", cue: 0, next_go: 1 }), last);

    expect(showOf(here, robotWord(here, 0), false)?.go?.title).toBe("talk");
  });

  it("goes on with a cue that has begun", () => {
    expect(viewOf(show({ phase: "held", cue: 1, next_go: 1, cue_ms: 5 }))?.goesOn).toBe(true);
    expect(viewOf(show({ phase: "held", cue: 1, next_go: 1 }))?.goesOn).toBe(false);
  });

  it("names the mark that the cue wants while it runs", () => {
    expect(viewOf(show({ phase: "running" }))?.mark).toEqual({ name: "centre", goal: GOAL });
    expect(viewOf(show())?.mark).toBeNull();
    expect(viewOf(show({ phase: "running", cue: 1, next_go: 2 }))?.mark).toBeNull();
  });

  it("is gone with its robot", () => {
    const here = reduceRoom(
      roomWith(show()),
      { type: "roster", robot_online: false, profile: null, peers: [] },
      1,
    );

    expect([here.plan, here.show, here.speech]).toEqual([null, null, null]);
  });

  it("hears of two states the later one, and the plan as it is", () => {
    const here = roomWith(show({ at_unix_ms: 9, cue: 1 }));

    expect(reduceRoom(here, show({ at_unix_ms: 8 }), 1)).toBe(here);
    expect(reduceRoom(here, { ...PLAN }, 1)).toBe(here);
  });
});
