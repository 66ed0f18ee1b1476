/** The one word for how things stand, and the reason in words' clothes: a pure function of what the page knows. */
import type { LinkState } from "../link/bridge-link";
import type { FinalReason, PassingReason } from "../link/closing";
import type { Limit, Role, StopCause, StopLevel } from "../wire/messages.gen";
import type { Reach } from "./reach";
import { nameOf, type Room, robotWord } from "./room";
import type { StopProgress } from "./stop-flow";

export type StateWord =
  | "connecting"
  | "viewing"
  | "asked"
  | "you_drive"
  | "performing"
  | "slowed"
  | "holding"
  | "stopped"
  | "link_lost";

export type Tone = "plain" | "ok" | "warn" | "bad";

export type Reason =
  | { readonly kind: "no_token" }
  | { readonly kind: "dialling" }
  | { readonly kind: "redialling"; readonly why: PassingReason; readonly inS: number | null }
  | { readonly kind: "ended"; readonly why: FinalReason }
  | { readonly kind: "robot_away" }
  | { readonly kind: "robot_awaited" }
  | { readonly kind: "robot_silent"; readonly forS: number }
  | {
      readonly kind: "stopped";
      readonly cause: StopCause | null;
      readonly role: Role | null;
      readonly name: string | null;
      readonly atUnixMs: number | null;
      readonly moving: boolean;
      readonly staff: boolean;
      readonly level: StopLevel;
    }
  | { readonly kind: "stop_sent" }
  | { readonly kind: "drive_ready" }
  | { readonly kind: "drive_moving"; readonly speedMps: number; readonly limit: Limit }
  | {
      readonly kind: "drive_slowed";
      readonly allowedMps: number;
      readonly limit: Limit;
      readonly loopMs: number | null;
    }
  | { readonly kind: "performing"; readonly gesture: string | null }
  | { readonly kind: "drive_at_edge" }
  | { readonly kind: "drive_holding"; readonly limit: Limit }
  | { readonly kind: "offered"; readonly by: string | null }
  | { readonly kind: "asked"; readonly driver: string | null; readonly driven: boolean }
  | { readonly kind: "free"; readonly mayAsk: boolean }
  | {
      readonly kind: "driven";
      readonly driver: string | null;
      readonly speedMps: number;
      readonly moving: boolean;
    }
  | {
      readonly kind: "driven_slowed";
      readonly driver: string | null;
      readonly allowedMps: number;
      readonly limit: Limit;
      readonly loopMs: number | null;
    }
  | { readonly kind: "driven_at_edge"; readonly driver: string | null }
  | { readonly kind: "driven_holding"; readonly driver: string | null; readonly limit: Limit };

/** A STOP of this page that has not worked, and why: it goes before the reason. */
export type StopTrouble = Exclude<Reach, "robot"> | "unconfirmed";

export interface Standing {
  readonly word: StateWord;
  readonly tone: Tone;
  readonly reason: Reason;
  readonly stopTrouble: StopTrouble | null;
}

export interface Situation {
  readonly hasToken: boolean;
  readonly link: LinkState;
  readonly reach: Reach;
  readonly room: Room;
  /** A request to drive of this page is on its way. */
  readonly asking: boolean;
  /** How far a STOP of this page is. */
  readonly stop: StopProgress;
  readonly nowMs: number;
}

/** Return the word, its tone and the reason. The first rule that fits decides. */
export function standingOf(situation: Situation): Standing {
  const verdict = unreachable(situation) ?? stopped(situation) ?? driving(situation) ?? watching(situation);
  return { ...verdict, stopTrouble: stopTroubleOf(situation) };
}

/** A page that is muted says so before its STOP is pressed: nobody must rely on it. */
function stopTroubleOf({ stop, reach }: Situation): StopTrouble | null {
  if (reach === "muted") return "muted";
  if (stop === "unconfirmed") return "unconfirmed";
  return stop === "unsent" && reach !== "robot" ? reach : null;
}

type Verdict = Omit<Standing, "stopTrouble">;

function unreachable({ hasToken, link, room, nowMs }: Situation): Verdict | null {
  if (!hasToken) return { word: "link_lost", tone: "bad", reason: { kind: "no_token" } };
  if (link.kind === "ended")
    return { word: "link_lost", tone: "bad", reason: { kind: "ended", why: link.why } };
  const robot = robotWord(room, nowMs);
  if (robot?.fresh) return null; // heard over one road at least
  const known = room.me !== null;
  if (link.kind !== "open") {
    const reason = linkReason(link, nowMs);
    return known || link.kind === "waiting"
      ? { word: "link_lost", tone: "bad", reason }
      : { word: "connecting", tone: "plain", reason };
  }
  if (room.robotOnline === false) return { word: "link_lost", tone: "bad", reason: { kind: "robot_away" } };
  if (robot === null) return { word: "connecting", tone: "plain", reason: { kind: "robot_awaited" } };
  return {
    word: "link_lost",
    tone: "bad",
    reason: { kind: "robot_silent", forS: robot.silentS },
  };
}

function linkReason(link: Exclude<LinkState, { kind: "ended" | "open" }>, nowMs: number): Reason {
  switch (link.kind) {
    case "closed":
      return { kind: "dialling" };
    case "dialling":
      return link.why === null ? { kind: "dialling" } : { kind: "redialling", why: link.why, inS: null };
    case "waiting":
      return {
        kind: "redialling",
        why: link.why,
        inS: Math.max(0, Math.ceil((link.untilMs - nowMs) / 1000)),
      };
    default:
      return link satisfies never;
  }
}

function stopped({ room, stop, nowMs }: Situation): Verdict | null {
  const state = robotWord(room, nowMs)?.state;
  if (state === "stopped" || state === "stopping" || state === "boot") {
    const latch = room.status?.latch ?? null;
    return {
      word: "stopped",
      tone: "bad",
      reason: {
        kind: "stopped",
        cause: latch?.cause ?? (state === "boot" ? "boot" : null),
        role: latch?.role ?? null,
        name: nameOf(room, latch?.by ?? null),
        atUnixMs: latch?.at_unix_ms ?? null,
        moving: state === "stopping",
        staff: room.me?.role === "staff",
        level: latch?.level ?? "settle",
      },
    };
  }
  const underWay = stop === "sent" || stop === "unconfirmed";
  return underWay ? { word: "holding", tone: "warn", reason: { kind: "stop_sent" } } : null;
}

/** Limits that keep the robot where it is although somebody drives. */
const HOLDING: ReadonlySet<Limit> = new Set([
  "driver_fault",
  "agent_silent",
  "no_staff",
  "pose_unknown",
  "handover",
  "silence",
  "echo_age",
  "picture_age",
  "no_picture",
  "not_neutral",
]);

const SLOWING: ReadonlySet<Limit> = new Set(["loop_delay", "edge", "staff_cap"]);

const LEAST_SHOWN_MPS = 0.005;

function driving({ room, nowMs }: Situation): Verdict | null {
  const robot = robotWord(room, nowMs);
  if (robot === null || room.me === null || robot.driver !== room.me.id) return null;
  const limit = room.telemetry?.limit ?? "none";
  switch (robot.state) {
    case "gesture":
      return performing(room);
    case "hold":
      return { word: "holding", tone: "warn", reason: { kind: "drive_holding", limit } };
    case "leased":
      return HOLDING.has(limit)
        ? { word: "holding", tone: "warn", reason: { kind: "drive_holding", limit } }
        : { word: "you_drive", tone: "ok", reason: { kind: "drive_ready" } };
    case "driving":
    case "degraded": {
      if (robot.state === "driving" && !SLOWING.has(limit)) {
        const speedMps = speedOf(room);
        return { word: "you_drive", tone: "ok", reason: { kind: "drive_moving", speedMps, limit } };
      }
      const slowing = slowingOf(room);
      if (slowing.allowedMps >= LEAST_SHOWN_MPS) {
        return { word: "slowed", tone: "warn", reason: { kind: "drive_slowed", ...slowing } };
      }
      // At the edge it may still turn; otherwise no speed allowed is no motion at all.
      return limit === "edge"
        ? { word: "slowed", tone: "warn", reason: { kind: "drive_at_edge" } }
        : { word: "holding", tone: "warn", reason: { kind: "drive_holding", limit } };
    }
    case "ready":
    case "boot":
    case "stopping":
    case "stopped":
      return null;
    default:
      return robot.state satisfies never;
  }
}

function watching({ room, asking, nowMs }: Situation): Verdict {
  const robot = robotWord(room, nowMs);
  const offer = room.status?.offer ?? null;
  const me = room.me;
  const driver = nameOf(room, robot?.driver ?? null);
  const driven = (robot?.driver ?? null) !== null;
  if (me !== null && offer?.to === me.id) {
    return { word: "asked", tone: "warn", reason: { kind: "offered", by: nameOf(room, offer.by) } };
  }
  if (me !== null && (asking || room.status?.requests.includes(me.id))) {
    return { word: "asked", tone: "plain", reason: { kind: "asked", driver, driven } };
  }
  if (robot?.state === "gesture") return performing(room);
  if (!driven)
    return { word: "viewing", tone: "plain", reason: { kind: "free", mayAsk: me?.role === "presenter" } };
  const limit = room.telemetry?.limit ?? "none";
  const staff = me?.role === "staff";
  if (staff && robot?.state === "hold") {
    return { word: "holding", tone: "warn", reason: { kind: "driven_holding", driver, limit } };
  }
  const moving = robot?.state === "driving" || robot?.state === "degraded";
  const slowed = staff && (robot?.state === "degraded" || (moving && SLOWING.has(limit)));
  if (slowed) {
    const slowing = slowingOf(room);
    const atEdge = limit === "edge" && slowing.allowedMps < LEAST_SHOWN_MPS;
    const reason: Reason = atEdge
      ? { kind: "driven_at_edge", driver }
      : { kind: "driven_slowed", driver, ...slowing };
    return { word: "slowed", tone: "warn", reason };
  }
  return {
    word: "viewing",
    tone: "plain",
    reason: { kind: "driven", driver, speedMps: speedOf(room), moving },
  };
}

function performing({ telemetry }: Room): Verdict {
  return {
    word: "performing",
    tone: "ok",
    reason: { kind: "performing", gesture: telemetry?.gesture?.name ?? null },
  };
}

function slowingOf({ telemetry }: Room): { allowedMps: number; limit: Limit; loopMs: number | null } {
  return {
    allowedMps: telemetry?.allowed_mps ?? 0,
    limit: telemetry?.limit ?? "none",
    loopMs: telemetry?.loop_delay_ms ?? null,
  };
}

function speedOf(room: Room): number {
  const applied = room.telemetry?.applied;
  return applied === undefined ? 0 : Math.hypot(applied.vx_mps, applied.vy_mps);
}
