/** Each way to a TURN server by itself: one gathering a URL, that of a relay only. */

export type RelayAnswer = "works" | "refused" | "blocked";

export interface Relay {
  readonly url: string;
  readonly answer: RelayAnswer;
  /** Until it granted a relay; null where it did not. */
  readonly tookMs: number | null;
}

const ANSWER_WITHIN_MS = 8_000;
const MOST = 8;
const UNREACHABLE = 700; // STUN's own codes lie below

/** Return each URL of TURN with its server's credential, at most a few: each one is asked. */
export function turnUrls(servers: readonly RTCIceServer[]): readonly RTCIceServer[] {
  return servers
    .flatMap((server) => [server.urls].flat().map((urls) => ({ ...server, urls })))
    .filter(({ urls }) => /^turns?:/.test(urls))
    .slice(0, MOST);
}

/** Ask each server by each of its ways for a relay. */
export function probeRelays(servers: readonly RTCIceServer[]): Promise<readonly Relay[]> {
  return Promise.all(turnUrls(servers).map(probe));
}

async function probe(server: RTCIceServer): Promise<Relay> {
  const beganMs = performance.now();
  const url = String(server.urls);
  const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" });
  try {
    const answer = await new Promise<RelayAnswer>((done) => {
      let without: RelayAnswer = "blocked";
      const timer = setTimeout(() => done(without), ANSWER_WITHIN_MS);
      pc.onicecandidateerror = ({ errorCode }) => {
        if (errorCode < UNREACHABLE) without = "refused";
      };
      pc.onicecandidate = ({ candidate }) => {
        clearTimeout(timer);
        done(candidate === null ? without : "works");
      };
      pc.createDataChannel("preflight");
      pc.setLocalDescription().catch(() => done("blocked"));
    });
    return { url, answer, tookMs: answer === "works" ? performance.now() - beganMs : null };
  } finally {
    pc.onicecandidate = null;
    pc.onicecandidateerror = null;
    pc.close();
  }
}
