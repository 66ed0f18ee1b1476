/** What staff must not miss: raised by how things are, and there until somebody acknowledges it. */
import type { Picture } from "../media/picture";
import type { Reach } from "./reach";
import type { RobotWord, Room } from "./room";

export type AlarmKind =
  | "no_robot"
  | "stopped"
  | "fault"
  | "presenter_lost"
  | "interlude"
  | "picture"
  | "battery";

export interface Alarm {
  readonly kind: AlarmKind;
  readonly sinceMs: number;
  /** It is so no more; kept until somebody acknowledges it. */
  readonly over: boolean;
  readonly acknowledged: boolean;
}

export interface Situation {
  readonly room: Room;
  readonly robot: RobotWord | null;
  readonly reach: Reach;
  readonly picture: Picture;
  readonly battery: number | null;
}

const LOW_BATTERY = 0.2;
const STALE_MS = 2_000;
const LINK_LIMITS: ReadonlySet<string> = new Set(["silence", "echo_age", "picture_age"]);
const LATCHED: ReadonlySet<string> = new Set(["stopping", "stopped"]);

/** Return what is wrong now. */
export function wrongNow({ room, robot, reach, picture, battery }: Situation): readonly AlarmKind[] {
  if (room.me === null) return [];
  const wrong: AlarmKind[] = [];
  if (reach !== "robot") wrong.push("no_robot");
  const cause = room.status?.latch?.cause ?? null;
  if (robot?.fresh && LATCHED.has(robot.state) && cause !== null && cause !== "boot") wrong.push("stopped");
  if (robot?.fresh && (room.status?.faults ?? []).length > 0) wrong.push("fault");
  if (robot?.fresh && robot.state === "hold" && LINK_LIMITS.has(room.telemetry?.limit ?? "none"))
    wrong.push("presenter_lost");
  if (robot?.fresh && room.show?.interlude === true) wrong.push("interlude");
  if (reach === "robot" && picture.kind === "stale" && picture.ageMs >= STALE_MS) wrong.push("picture");
  if (battery !== null && battery < LOW_BATTERY) wrong.push("battery");
  return wrong;
}

/** Return the alarms as they are by now, newest first. */
export function alarmsAfter(
  alarms: readonly Alarm[],
  wrong: readonly AlarmKind[],
  nowMs: number,
): readonly Alarm[] {
  const kept = alarms
    .map((each) => (each.over === wrong.includes(each.kind) ? { ...each, over: !each.over } : each))
    .map((each, index) => (comesAgain(alarms[index], each) ? raised(each.kind, nowMs) : each))
    .filter((each) => !(each.over && each.acknowledged));
  const fresh = wrong.filter((kind) => kept.every((each) => each.kind !== kind));
  if (fresh.length === 0 && kept.length === alarms.length && kept.every((each, i) => each === alarms[i]))
    return alarms;
  return [...fresh.map((kind) => raised(kind, nowMs)), ...kept];
}

/** Return the alarms once somebody has said that he saw them. */
export function acknowledged(alarms: readonly Alarm[]): readonly Alarm[] {
  return alarms.filter((each) => !each.over).map((each) => ({ ...each, acknowledged: true }));
}

/** Whether it sounds and flashes. */
export function isLoud(alarms: readonly Alarm[]): boolean {
  return alarms.some((each) => !each.acknowledged);
}

function comesAgain(before: Alarm | undefined, after: Alarm): boolean {
  return before?.over === true && !after.over;
}

function raised(kind: AlarmKind, sinceMs: number): Alarm {
  return { kind, sinceMs, over: false, acknowledged: false };
}
