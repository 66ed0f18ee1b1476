import { describe, expect, it } from "vitest";
import {
  certificateOf,
  type Finding,
  type Known,
  leaveFor,
  leftIn,
  type Missing,
} from "../../../src/session/preflight/certificate";
import { LIMITS } from "../../../src/session/preflight/limits";
import type { Health } from "../../../src/session/preflight/line";

const NOW = Date.UTC(2026, 10, 23, 12, 4, 31);

const finding = (health: Health, seen = "fine"): Finding => ({
  name: "Bridge",
  health,
  said: seen,
  check: "bridge",
  seen,
  figures: {},
  about: "",
});
const missing = (what: Missing, health: Health) => finding(health, what);
const known = (role: Known["role"], ...healths: Health[]): Known => ({
  who: `the ${role}`,
  role,
  checked: { atUnixMs: NOW, soakS: 60, findings: healths.map((each) => finding(each)) },
});
const unknown = (role: Known["role"]): Known => ({ who: `the ${role}`, role, checked: null });
const of = (...all: Known[]) => certificateOf("stage-1", all, NOW, missing);
const against = (...all: Known[]) =>
  of(...all)
    .parts.flatMap((part) => part.findings)
    .filter((each) => each.health !== "green")
    .map((each) => each.seen);

describe("the certificate", () => {
  it("says go, go with care or no-go, by the worst line of anybody", () => {
    const robot = known("robot", "green");

    expect(of(robot, known("presenter", "green")).verdict).toBe("go");
    expect(of(robot, known("presenter", "green", "amber")).verdict).toBe("go_with_care");
    expect(of(robot, known("presenter", "green"), known("staff", "red"))).toMatchObject({
      verdict: "no_go",
      healthy: false,
    });
    expect(of(robot, known("presenter", "amber")).healthy).toBe(true);
  });

  it("asks of the robot that it says how it is, and of a presenter to check", () => {
    const presenter = known("presenter", "green");

    expect(of(unknown("robot"), presenter).verdict).toBe("no_go");
    expect(against(unknown("robot"), presenter)).toEqual(["not_said"]);
    expect(against(known("robot", "green"), unknown("presenter"))).toEqual(["not_checked"]);
    expect(against(known("robot", "green"))).toEqual(["no_presenter"]);
    expect(of(known("robot", "green"), presenter, unknown("staff")).verdict).toBe("go");
  });

  it("trusts a check for an hour", () => {
    const checked = (agoMs: number): Known => ({
      who: "Ada",
      role: "presenter",
      checked: { atUnixMs: NOW - agoMs, soakS: 10, findings: [] },
    });

    expect(against(known("robot", "green"), checked(LIMITS.oldCheckMs))).toEqual([]);
    expect(against(known("robot", "green"), checked(LIMITS.oldCheckMs + 1))).toEqual(["checked_long_ago"]);
  });

  it("says when, and by whom", () => {
    const { examined_at, room, parts } = of(known("robot", "green"), known("presenter"), unknown("staff"));

    expect({ examined_at, room }).toEqual({ examined_at: "2026-11-23T12:04:31.000Z", room: "stage-1" });
    expect(parts.map(({ who, role, checked_at, soak_s }) => [who, role, checked_at, soak_s])).toEqual([
      ["the robot", "robot", examined_at, 60],
      ["the presenter", "presenter", examined_at, 60],
      ["the staff", "staff", null, null],
    ]);
  });

  it("is left for the page that prints it", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    } as unknown as Storage;
    expect(leftIn(store)).toBeNull();

    leaveFor(store, of(known("robot", "green")));
    expect(leftIn(store)).toEqual(of(known("robot", "green")));

    for (const key of kept.keys()) kept.set(key, "{");
    expect(leftIn(store)).toBeNull();
  });
});
