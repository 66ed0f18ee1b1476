/** Whether UDP leads out of this network: found by gathering candidates, without calling anybody. */
import type { IceServer } from "../wire/messages.gen";

/** What is looked at of a candidate; `relayProtocol` is Chromium's. */
export interface Found {
  readonly type: string | null;
  readonly relayProtocol?: string | null;
}

const GATHER_WITHIN_MS = 6_000;

/** Return whether this candidate shows that something outside was heard over UDP. */
export function showsUdp(found: Found): boolean {
  return found.type === "srflx" || (found.type === "relay" && found.relayProtocol === "udp");
}

/** Gather candidates with these servers until one shows it, the browser is done, or for a few seconds. */
export async function getsOutByUdp(servers: readonly RTCIceServer[]): Promise<boolean> {
  const pc = new RTCPeerConnection({ iceServers: [...servers] });
  try {
    return await new Promise<boolean>((done, fail) => {
      const timer = setTimeout(() => done(false), GATHER_WITHIN_MS);
      pc.onicecandidate = ({ candidate }) => {
        if (candidate !== null && !showsUdp(candidate)) return;
        clearTimeout(timer);
        done(candidate !== null);
      };
      pc.createDataChannel("preflight");
      pc.setLocalDescription().catch(fail);
    });
  } finally {
    pc.onicecandidate = null;
    pc.close();
  }
}

/** The bridge's words as the browser's. */
export function asRtcIceServer(server: IceServer): RTCIceServer {
  return {
    urls: [...server.urls],
    ...(server.username ? { username: server.username } : {}),
    ...(server.credential ? { credential: server.credential } : {}),
  };
}
