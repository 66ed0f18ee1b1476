/** What this page knows of the room and the robot, from every message of every road. A pure reducer. */
import type {
  Cameras,
  Checked,
  Event,
  IceServer,
  Noted,
  Peer,
  Readiness,
  RobotProfile,
  RobotState,
  Role,
  Show,
  ShowPlan,
  Sound,
  Speech,
  Status,
  Telemetry,
  ToPerson,
  Uplinks,
} from "../wire/messages.gen";

export interface Room {
  readonly me: Peer | null;
  readonly robot: string | null;
  readonly iceServers: readonly IceServer[];
  /** Whether the robot is connected to the bridge, as the bridge says; null before it said. */
  readonly robotOnline: boolean | null;
  readonly profile: RobotProfile | null;
  readonly peers: readonly Peer[];
  /** The names of everybody who was ever heard of here, by peer id: who has left is still spoken of. */
  readonly names: ReadonlyMap<string, string>;
  readonly telemetry: Telemetry | null;
  readonly telemetryMs: number | null;
  readonly status: Status | null;
  readonly statusMs: number | null;
  /** What the robot last said of its sound, and when that came. */
  readonly sound: Sound | null;
  readonly soundMs: number | null;
  /** What the robot last said of its cameras. */
  readonly cameras: Cameras | null;
  /** What the checks of the people in the room found, by peer id; staff only are told. */
  readonly checked: ReadonlyMap<string, Checked>;
  /** How fit the robot said it is; staff only are told. */
  readonly readiness: Readiness | null;
  /** What the robot last said of its lines to the bridge; one that has a single line says nothing. */
  readonly uplinks: Uplinks | null;
  /** The show that is loaded, how it goes, and what the robot says by itself. */
  readonly plan: ShowPlan | null;
  readonly show: Show | null;
  readonly speech: Speech | null;
  /** What people wrote to each other, newest first, and when each came. */
  readonly notes: readonly NoteHere[];
  /** Boots of the robot that are over: what they said may still be on its way. */
  readonly retired: readonly string[];
  /** Newest first. */
  readonly events: readonly Event[];
}

/** A note, and when it came. */
export interface NoteHere extends Noted {
  readonly heardMs: number;
}

export const EMPTY_ROOM: Room = {
  me: null,
  robot: null,
  iceServers: [],
  robotOnline: null,
  profile: null,
  peers: [],
  names: new Map(),
  telemetry: null,
  telemetryMs: null,
  status: null,
  statusMs: null,
  sound: null,
  soundMs: null,
  cameras: null,
  checked: new Map(),
  readiness: null,
  uplinks: null,
  plan: null,
  show: null,
  speech: null,
  notes: [],
  retired: [],
  events: [],
};

const EVENTS_KEPT = 200;
const NOTES_KEPT = 50;
const RETIRED_KEPT = 8;
/** A robot that is there says its status once a second, and telemetry more often. */
const EPOCH_SILENCE_MS = 1_500;
const NAMES_KEPT = 500;
/** No road is slower than the other by this. */
const ROADS_APART_MS = 10_000;

/** Telemetry older than this says nothing of the robot's state now. */
export const TELEMETRY_FRESH_MS = 1_000;
const STATUS_FRESH_MS = 2_500;

/** Return the room after a message that arrived at `nowMs`, over whichever road. Copies and late ones change nothing. */
export function reduceRoom(room: Room, message: ToPerson, nowMs: number): Room {
  switch (message.type) {
    case "welcome":
      return {
        ...room,
        me: message.you,
        names: message.you === null ? room.names : remember(room.names, [message.you]),
        robot: message.robot,
        iceServers: message.ice_servers,
        profile: message.profile ?? room.profile,
      };
    case "ice_servers":
      return { ...room, iceServers: message.servers };
    case "roster":
      return {
        ...room,
        robotOnline: message.robot_online,
        profile: message.profile ?? room.profile,
        peers: message.peers,
        checked: onlyOf(room.checked, message.peers),
        readiness: message.robot_online ? room.readiness : null,
        ...(message.robot_online ? {} : { plan: null, show: null, speech: null }),
        names: remember(room.names, message.peers),
      };
    case "telemetry":
      return takeTelemetry(room, message, nowMs);
    case "status":
      return takeStatus(room, message, nowMs);
    case "sound":
      return isLate(message, room.sound) ? room : { ...room, sound: message, soundMs: nowMs };
    case "cameras":
      return isLate(message, room.cameras) ? room : { ...room, cameras: message };
    case "checked":
      return { ...room, checked: new Map([...room.checked, [message.peer, message]]) };
    case "readiness":
      return { ...room, readiness: message };
    case "uplinks":
      return isLate(message, room.uplinks) ? room : { ...room, uplinks: message };
    case "show_plan":
      return JSON.stringify(message) === JSON.stringify(room.plan) ? room : { ...room, plan: message };
    case "show":
      return isLate(message, room.show) ? room : { ...room, show: message };
    case "speech":
      return isLate(message, room.speech) ? room : { ...room, speech: message };
    case "noted":
      return { ...room, notes: [{ ...message, heardMs: nowMs }, ...room.notes].slice(0, NOTES_KEPT) };
    case "event":
      return takeEvent(room, message);
    case "pong":
    case "picture_times":
    case "ack":
    case "stop_ack":
    case "rtc_answer":
      return room;
    default:
      return message satisfies never;
  }
}

/** The report of somebody who is gone is gone, too. */
function onlyOf(checked: Room["checked"], peers: readonly Peer[]): Room["checked"] {
  if ([...checked.keys()].every((id) => peers.some((peer) => peer.id === id))) return checked;
  return new Map([...checked].filter(([id]) => peers.some((peer) => peer.id === id)));
}

function takeTelemetry(room: Room, telemetry: Telemetry, nowMs: number): Room {
  if (isOver(room, telemetry.epoch, nowMs)) return room;
  const before = room.telemetry;
  if (before?.epoch === telemetry.epoch && telemetry.tick <= before.tick) return room;
  return { ...retire(room, telemetry.epoch), telemetry, telemetryMs: nowMs };
}

function takeStatus(room: Room, status: Status, nowMs: number): Room {
  if (isOver(room, status.epoch, nowMs)) return room;
  if (room.status?.epoch === status.epoch && status.seq <= room.status.seq) return room;
  return { ...retire(room, status.epoch), status, statusMs: nowMs };
}

type Dated = Sound | Cameras | Uplinks | Show | Speech;

/** Of two copies over two roads the later one counts; one that is much older comes from a clock that was set back. */
function isLate(said: Dated, before: Dated | null): boolean {
  const olderByMs = (before?.at_unix_ms ?? 0) - said.at_unix_ms;
  return olderByMs >= 0 && olderByMs < ROADS_APART_MS;
}

/**
 * Boots have no order: the last word of an ended one that comes late, and is the first heard of it, looks new. So a boot
 * that was taken for over is believed again when the present one has fallen silent.
 */
function isOver(room: Room, epoch: string, nowMs: number): boolean {
  const heardMs = Math.max(room.telemetryMs ?? -Infinity, room.statusMs ?? -Infinity);
  return room.retired.includes(epoch) && nowMs - heardMs < EPOCH_SILENCE_MS;
}

/** A new boot ends the old ones. */
function retire(room: Room, epoch: string): Room {
  const over = [room.telemetry?.epoch, room.status?.epoch].filter(
    (each) => each !== undefined && each !== epoch,
  );
  const fresh = [...new Set(over)].filter((each) => !room.retired.includes(each as string)) as string[];
  if (fresh.length === 0) return room;
  const retired = [...fresh, ...room.retired.filter((each) => each !== epoch)];
  return { ...room, retired: retired.slice(0, RETIRED_KEPT) };
}

function takeEvent(room: Room, event: Event): Room {
  const known = room.events.some(
    (each) => each.source === event.source && each.seq === event.seq && each.at_unix_ms === event.at_unix_ms,
  );
  if (known) return room;
  const later = room.events.findIndex((each) => each.at_unix_ms <= event.at_unix_ms);
  const events = room.events.toSpliced(later === -1 ? room.events.length : later, 0, event);
  const { by, name } = event;
  const named = by && name && !room.names.has(by) ? [{ id: by, name }] : [];
  return { ...room, names: remember(room.names, named), events: events.slice(0, EVENTS_KEPT) };
}

/** Return the names with those of `people` added, beyond a bound without the oldest; the same when all are known. */
function remember(
  names: ReadonlyMap<string, string>,
  people: readonly Pick<Peer, "id" | "name">[],
): ReadonlyMap<string, string> {
  const news = people.filter(({ id, name }) => names.get(id) !== name);
  if (news.length === 0) return names;
  const all = new Map([...names, ...news.map(({ id, name }) => [id, name] as const)]);
  return new Map([...all].slice(-NAMES_KEPT));
}

/** What the robot last said of its state, and for how many whole seconds it has said nothing. */
export interface RobotWord {
  readonly state: RobotState;
  readonly driver: string | null;
  readonly epoch: string;
  readonly fence: number;
  readonly fresh: boolean;
  readonly silentS: number;
}

/** Return the robot's state: from telemetry while that flows, else from the newest status. Null before the first word. */
export function robotWord(room: Room, nowMs: number): RobotWord | null {
  const { telemetry, telemetryMs, status, statusMs } = room;
  if (telemetry !== null && telemetryMs !== null && nowMs - telemetryMs <= TELEMETRY_FRESH_MS) {
    return wordOf(telemetry, true, nowMs - telemetryMs);
  }
  if (status !== null && statusMs !== null && statusMs > (telemetryMs ?? -1)) {
    return wordOf(status, nowMs - statusMs <= STATUS_FRESH_MS, nowMs - statusMs);
  }
  if (telemetry !== null && telemetryMs !== null) return wordOf(telemetry, false, nowMs - telemetryMs);
  return null;
}

function wordOf(said: Telemetry | Status, fresh: boolean, ageMs: number): RobotWord {
  const { state, driver, epoch, fence } = said;
  return { state, driver, epoch, fence, fresh, silentS: Math.max(0, Math.floor(ageMs / 1000)) };
}

/** Whether staff have the robot not hear this peer. */
export function isMuted(room: Room, id: string | null): boolean {
  return id !== null && room.status?.muted?.includes(id) === true;
}

/** Somebody in the list of people; without a role, somebody who has left and is still muted. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role | null;
  readonly muted: boolean;
}

/** Return who is in the room, and after them who has left it muted. */
export function peopleOf(room: Room): readonly Person[] {
  const present = room.peers.map(({ id, name, role }) => ({ id, name, role, muted: isMuted(room, id) }));
  const gone = (room.status?.muted ?? []).filter((id) => room.peers.every((peer) => peer.id !== id));
  return [...present, ...gone.map((id) => ({ id, name: nameOf(room, id) ?? id, role: null, muted: true }))];
}

/** Return the name of a peer, present or gone; null when it was never heard of. */
export function nameOf(room: Room, id: string | null): string | null {
  return id === null ? null : (room.names.get(id) ?? null);
}
