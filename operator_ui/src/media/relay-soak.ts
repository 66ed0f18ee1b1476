/**
 * Streams through a TURN server and back: what a show would send, measured. Both ends are on this page, so that one
 * clock stamps both; every packet goes up to the server and comes down again.
 */

export interface Streamed {
  readonly sent: number;
  /** In the order of arrival; from this page to the server and back. */
  readonly rttsMs: readonly number[];
  readonly seconds: number;
  readonly wantedBps: number;
}

/** What came of the streams; "closed" where no relay reached another, "ended" where nobody waited for it. */
export type Soaked = { readonly down: Streamed; readonly up: Streamed } | "closed" | "ended";

export const PACKET_BYTES = 1_200;
const OPEN_WITHIN_MS = 8_000;
const DRAIN_MS = 1_000;
const TICK_MS = 10;
const BACKLOG_BYTES = 16 * PACKET_BYTES; // beyond that a packet is left out: the road is narrower than the stream

/** One stream: which packets are due, and what came of them. */
export class Stream {
  readonly #wantedBps: number;
  readonly #rttsMs = new Map<number, number>(); // by number: a copy counts once
  #due = 0;
  #sent = 0;

  constructor(wantedBps: number) {
    this.#wantedBps = wantedBps;
  }

  /** Return how many packets are to leave, `passedMs` after the beginning. */
  due(passedMs: number): number {
    const until = Math.floor(((passedMs / 1000) * this.#wantedBps) / 8 / PACKET_BYTES) + 1;
    const count = until - this.#due;
    this.#due = until;
    return count;
  }

  /** Return the next packet. */
  packet(nowMs: number): ArrayBuffer {
    const bytes = new ArrayBuffer(PACKET_BYTES);
    const head = new DataView(bytes);
    head.setUint32(0, this.#sent);
    head.setFloat64(8, nowMs);
    this.#sent += 1;
    return bytes;
  }

  /** Take a packet that came back; what is none of this stream says nothing. */
  take(packet: unknown, nowMs: number): void {
    if (!(packet instanceof ArrayBuffer) || packet.byteLength !== PACKET_BYTES) return;
    const head = new DataView(packet);
    const number = head.getUint32(0);
    if (number < this.#sent && !this.#rttsMs.has(number))
      this.#rttsMs.set(number, nowMs - head.getFloat64(8));
  }

  seen(seconds: number): Streamed {
    return { sent: this.#sent, rttsMs: [...this.#rttsMs.values()], seconds, wantedBps: this.#wantedBps };
  }
}

export interface SoakWish {
  readonly servers: readonly RTCIceServer[];
  readonly forMs: number;
  readonly downBps: number;
  readonly upBps: number;
  readonly signal: AbortSignal;
}

/** Open a road between two relays, stream for so long (or until the signal), and let go of everything. */
export async function soakRelay({ servers, forMs, downBps, upBps, signal }: SoakWish): Promise<Soaked> {
  const near = new RTCPeerConnection({ iceServers: [...servers], iceTransportPolicy: "relay" });
  const far = new RTCPeerConnection({ iceServers: [...servers], iceTransportPolicy: "relay" });
  try {
    const ends = await connect(near, far, signal);
    if (ends === null) return signal.aborted ? "ended" : "closed";
    const [down, up] = [new Stream(downBps), new Stream(upBps)];
    ends.near.onmessage = ({ data }: MessageEvent<unknown>) => down.take(data, performance.now());
    ends.far.onmessage = ({ data }: MessageEvent<unknown>) => up.take(data, performance.now());
    const beganMs = performance.now();
    const seconds = await every(forMs, signal, () => {
      const nowMs = performance.now();
      push(ends.far, down, nowMs - beganMs);
      push(ends.near, up, nowMs - beganMs);
    });
    await new Promise((done) => setTimeout(done, DRAIN_MS));
    return { down: down.seen(seconds), up: up.seen(seconds) };
  } finally {
    near.close();
    far.close();
  }
}

function push(channel: RTCDataChannel, stream: Stream, passedMs: number): void {
  for (let left = stream.due(passedMs); left > 0; left -= 1) {
    if (channel.readyState !== "open" || channel.bufferedAmount > BACKLOG_BYTES) return;
    channel.send(stream.packet(performance.now()));
  }
}

async function every(forMs: number, signal: AbortSignal, act: () => void): Promise<number> {
  const beganMs = performance.now();
  await new Promise<void>((done) => {
    const timer = setInterval(() => {
      if (!signal.aborted && performance.now() - beganMs < forMs) act();
      else {
        clearInterval(timer);
        done();
      }
    }, TICK_MS);
  });
  return (performance.now() - beganMs) / 1000;
}

interface Ends {
  readonly near: RTCDataChannel;
  readonly far: RTCDataChannel;
}

async function connect(
  near: RTCPeerConnection,
  far: RTCPeerConnection,
  signal: AbortSignal,
): Promise<Ends | null> {
  const wanted = { ordered: false, maxRetransmits: 0, negotiated: true, id: 0 };
  const ends = { near: near.createDataChannel("soak", wanted), far: far.createDataChannel("soak", wanted) };
  for (const end of [ends.near, ends.far]) end.binaryType = "arraybuffer";
  trickle(near, far);
  trickle(far, near);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
  const opened = Promise.all([isOpen(ends.near), isOpen(ends.far)]).then(() => true);
  return (await Promise.race([opened, gaveUp(signal)])) ? ends : null;
}

function trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
  const early: RTCIceCandidate[] = [];
  const give = (candidate: RTCIceCandidate) => void to.addIceCandidate(candidate).catch(() => {}); // the other is closed
  to.addEventListener("signalingstatechange", () => {
    if (to.remoteDescription !== null) for (const each of early.splice(0)) give(each);
  });
  from.onicecandidate = ({ candidate }) => {
    if (candidate === null) return;
    if (to.remoteDescription === null) early.push(candidate);
    else give(candidate);
  };
}

function isOpen(channel: RTCDataChannel): Promise<void> {
  return new Promise((done) => {
    channel.onopen = () => done();
  });
}

function gaveUp(signal: AbortSignal): Promise<false> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), OPEN_WITHIN_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done(false);
    });
  });
}
