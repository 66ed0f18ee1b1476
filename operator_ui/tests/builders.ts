/** Messages and rooms with sensible values; a test names only what it is about. */
import { EMPTY_ROOM, type Room, reduceRoom } from "../src/session/room";
import type { Event, Peer, RobotProfile, Status, Telemetry } from "../src/wire/messages.gen";

export const ME: Peer = { id: "inv.me", role: "presenter", name: "Anna" };
export const OTHER: Peer = { id: "inv.other", role: "presenter", name: "Bo" };
export const STAFF: Peer = { id: "inv.staff", role: "staff", name: "hall phone" };

export const PROFILE: RobotProfile = {
  model: "base",
  max_speed_mps: 0.6,
  max_turn_radps: 0.8,
  holonomic: false,
};

const STILL = { vx_mps: 0, vy_mps: 0, wz_radps: 0 };

export function telemetry(part: Partial<Telemetry> = {}): Telemetry {
  return {
    type: "telemetry",
    epoch: "e1",
    tick: 1,
    state: "ready",
    limit: "none",
    fence: 1,
    driver: null,
    latched: false,
    asked: STILL,
    applied: STILL,
    allowed_mps: 0,
    measured: null,
    pose: null,
    command_age_ms: null,
    echo_age_ms: null,
    loop_delay_ms: null,
    battery: null,
    ...part,
  };
}

export function status(part: Partial<Status> = {}): Status {
  return {
    type: "status",
    epoch: "e1",
    seq: 1,
    fence: 1,
    state: "ready",
    driver: null,
    latch: null,
    reset: null,
    offer: null,
    requests: [],
    bridge_up: true,
    refused: {},
    accepted: {},
    ...part,
  };
}

export function event(part: Partial<Event> = {}): Event {
  return { type: "event", source: "robot", seq: 1, at_unix_ms: 1_000, kind: "joined", ...part };
}

/** A room where `me` is in, the robot is online and spoke at 0 ms. */
export function room(
  part: { me?: Peer; telemetry?: Partial<Telemetry> | null; status?: Partial<Status>; online?: boolean } = {},
): Room {
  const me = part.me ?? ME;
  const peers = [me, ...[ME, OTHER, STAFF].filter((each) => each.id !== me.id)];
  let made = reduceRoom(
    EMPTY_ROOM,
    {
      type: "welcome",
      version: 1,
      robot: "stage-1",
      you: me,
      ice_servers: [],
      profile: PROFILE,
      server_unix_ms: 0,
    },
    0,
  );
  made = reduceRoom(made, { type: "roster", robot_online: part.online ?? true, profile: PROFILE, peers }, 0);
  if (part.telemetry === null) return made;
  const { state = "ready", driver = null } = part.telemetry ?? {};
  made = reduceRoom(made, telemetry(part.telemetry), 0);
  return reduceRoom(made, status({ state, driver, ...part.status }), 0);
}
