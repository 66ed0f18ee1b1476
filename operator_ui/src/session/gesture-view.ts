/** The robot's gestures as a page offers them: what may begin now, what may not and why, and what runs. */
import type { Lease } from "../drive/stream";
import type { Refusal } from "../wire/messages.gen";
import type { RobotWord, Room } from "./room";

export interface GestureView {
  readonly gestures: readonly GestureChoice[];
  /** Why none of them may begin now, in the words in which the robot would refuse; null when they may. */
  readonly blocked: Refusal | null;
  /** Whether staff allow gestures. */
  readonly allowed: boolean;
  readonly running: { readonly name: string; readonly percent: number } | null;
  /** A large one waits for its second step. */
  readonly offer: { readonly name: string; readonly code: string; readonly leftS: number } | null;
}

export interface GestureChoice {
  readonly name: string;
  /** The digit that begins it; null from the tenth on. */
  readonly digit: number | null;
  readonly isLarge: boolean;
}

const LATCHED: ReadonlySet<string> = new Set(["boot", "stopping", "stopped"]);
const MOVING: ReadonlySet<string> = new Set(["driving", "degraded"]);
const DIGITS = 9;

export interface GestureSituation {
  readonly room: Room;
  readonly robot: RobotWord | null;
  readonly lease: Lease | null;
  /** Whether this page's own hand is on the dead-man. */
  readonly handOn: boolean;
}

/** Return the view, null for a robot that knows no gesture or is not known yet. */
export function gesturesOf(situation: GestureSituation): GestureView | null {
  const { room } = situation;
  const specs = room.profile?.gestures ?? [];
  if (specs.length === 0) return null;
  const offer = room.status?.gesture_offer ?? null;
  const run = situation.robot?.fresh ? (room.telemetry?.gesture ?? null) : null;
  return {
    gestures: specs.map((each, index) => ({
      name: each.name,
      digit: index < DIGITS ? index + 1 : null,
      isLarge: each.is_large ?? false,
    })),
    blocked: blockedBy(situation),
    allowed: room.status?.gestures_allowed ?? true,
    running: run === null ? null : { name: run.name, percent: Math.round(run.progress * 100) },
    offer:
      offer !== null && offer.by === room.me?.id
        ? { name: offer.name, code: offer.code, leftS: Math.ceil(offer.expires_in_ms / 1000) }
        : null,
  };
}

function blockedBy({ room, robot, lease, handOn }: GestureSituation): Refusal | null {
  if (robot === null || !robot.fresh) return "no_robot";
  if (LATCHED.has(robot.state)) return "stopped";
  if (room.status?.gestures_allowed === false) return "not_allowed";
  if (lease === null) return "not_holder";
  if (robot.state === "gesture") return "gesture";
  if (room.telemetry?.limit === "no_staff") return "no_staff";
  if (MOVING.has(robot.state)) return "moving";
  return handOn ? "hand_on" : null;
}
