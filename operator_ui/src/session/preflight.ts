/** Whether this page, its devices and its network are fit for a show: pure, but for the looking itself. */
import { asRtcIceServer, findWays, type RelayWay, type Ways } from "../media/ways";
import type { IceServer } from "../wire/messages.gen";

export type Health = "green" | "amber" | "red";
export type Check = "bridge" | "rtt" | "camera" | "microphone" | "udp" | "relay";
export type Seen =
  | "open"
  | "away"
  | "quick"
  | "slow"
  | "unknown"
  | "found"
  | "absent"
  | "insecure"
  | "works"
  | "blocked"
  | "none";

export interface Line {
  readonly check: Check;
  readonly health: Health;
  readonly seen: Seen;
  /** ms of the round trip. */
  readonly figure: number | null;
  readonly over: readonly RelayWay[];
}

export interface Facts {
  readonly bridgeOpen: boolean;
  /** The round trip to the bridge, null before the first. */
  readonly rttMs: number | null;
  /** What is plugged in; null on a page without TLS, which gets none. */
  readonly devices: { readonly camera: boolean; readonly microphone: boolean } | null;
  readonly servers: number;
  /** Null where the browser could not look. */
  readonly ways: Ways | null;
}

const SLOW_MS = 150;
const WORST: readonly Health[] = ["red", "amber", "green"];

/** Return a line for each thing that was looked at. */
export function linesOf(facts: Facts): readonly Line[] {
  return [
    line("bridge", facts.bridgeOpen ? ["green", "open"] : ["red", "away"]),
    { ...line("rtt", rtt(facts.rttMs)), figure: facts.rttMs },
    line("camera", device(facts.devices, "camera")),
    line("microphone", device(facts.devices, "microphone")),
    line("udp", udp(facts)),
    { ...line("relay", relay(facts)), over: facts.ways?.over ?? [] },
  ];
}

/** The worst of all lines. */
export function verdictOf(lines: readonly Line[]): Health {
  return WORST.find((health) => lines.some((each) => each.health === health)) ?? "green";
}

/** Look at devices and network; takes a few seconds and asks nobody's permission. */
export async function look(
  page: Window,
  here: {
    readonly bridgeOpen: boolean;
    readonly rttMs: number | null;
    readonly servers: readonly IceServer[];
  },
): Promise<readonly Line[]> {
  const devices = page.navigator.mediaDevices as MediaDevices | undefined; // without TLS there are none
  const [plugged, ways] = await Promise.all([
    devices?.enumerateDevices().catch(() => []),
    findWays(here.servers.map(asRtcIceServer)).catch(() => null),
  ]);
  return linesOf({
    bridgeOpen: here.bridgeOpen,
    rttMs: here.rttMs,
    devices: plugged === undefined ? null : kindsOf(plugged),
    servers: here.servers.length,
    ways,
  });
}

function kindsOf(devices: readonly MediaDeviceInfo[]): NonNullable<Facts["devices"]> {
  return {
    camera: devices.some((each) => each.kind === "videoinput"),
    microphone: devices.some((each) => each.kind === "audioinput"),
  };
}

function line(check: Check, [health, seen]: readonly [Health, Seen]): Line {
  return { check, health, seen, figure: null, over: [] };
}

function rtt(rttMs: number | null): readonly [Health, Seen] {
  if (rttMs === null) return ["amber", "unknown"];
  return rttMs <= SLOW_MS ? ["green", "quick"] : ["amber", "slow"];
}

/** Without a camera or a microphone one still drives. */
function device(devices: Facts["devices"], kind: "camera" | "microphone"): readonly [Health, Seen] {
  if (devices === null) return ["amber", "insecure"];
  return devices[kind] ? ["green", "found"] : ["amber", "absent"];
}

function udp({ servers, ways }: Facts): readonly [Health, Seen] {
  if (servers === 0) return ["amber", "none"];
  if (ways === null) return ["amber", "unknown"];
  return ways.udp ? ["green", "works"] : ["amber", "blocked"];
}

function relay({ servers, ways }: Facts): readonly [Health, Seen] {
  if (servers === 0) return ["amber", "none"];
  if (ways === null) return ["amber", "unknown"];
  if (ways.relay) return ["green", "works"];
  return ways.udp ? ["amber", "blocked"] : ["red", "blocked"];
}
