/** Which ways lead out of this network for media: found by gathering candidates, without calling anybody. */
import type { IceServer } from "../wire/messages.gen";

export type RelayWay = "udp" | "tcp" | "tls";

export interface Ways {
  /** Something outside was heard over UDP. */
  readonly udp: boolean;
  /** A TURN server gave a relay. */
  readonly relay: boolean;
  /** How the relays are reached, where the browser says so. */
  readonly over: readonly RelayWay[];
}

/** What is looked at of a candidate; `relayProtocol` is Chromium's. */
export interface Found {
  readonly type: string | null;
  readonly relayProtocol?: string | null;
}

const GATHER_WITHIN_MS = 6_000;

/** Return what these candidates say of the ways out. */
export function waysOf(found: readonly Found[]): Ways {
  const relays = found.filter((each) => each.type === "relay");
  const over = [...new Set(relays.map((each) => each.relayProtocol).filter(isRelayWay))];
  const udp = over.includes("udp") || found.some((each) => each.type === "srflx");
  return { udp, relay: relays.length > 0, over };
}

/** Gather candidates with these servers until the browser is done, or for a few seconds. */
export async function findWays(servers: readonly RTCIceServer[]): Promise<Ways> {
  const pc = new RTCPeerConnection({ iceServers: [...servers] });
  const found: Found[] = [];
  try {
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(done, GATHER_WITHIN_MS);
      pc.onicecandidate = ({ candidate }) => {
        if (candidate !== null) found.push(candidate);
        if (candidate !== null) return;
        clearTimeout(timer);
        done();
      };
      pc.createDataChannel("preflight");
      pc.setLocalDescription().catch(fail);
    });
  } finally {
    pc.onicecandidate = null;
    pc.close();
  }
  return waysOf(found);
}

/** The bridge's words as the browser's. */
export function asRtcIceServer(server: IceServer): RTCIceServer {
  return {
    urls: [...server.urls],
    ...(server.username ? { username: server.username } : {}),
    ...(server.credential ? { credential: server.credential } : {}),
  };
}

function isRelayWay(way: string | null | undefined): way is RelayWay {
  return way === "udp" || way === "tcp" || way === "tls";
}
