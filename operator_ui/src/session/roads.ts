/** The two roads between this page and the robot, as one: the bridge's WebSocket, and the direct one of the call. */
import { signal } from "@preact/signals";
import { type BridgeClock, BridgeLink, type LinkState } from "../link/bridge-link";
import { bridgeUrlOf, clientIdOf } from "../link/invite";
import { Call } from "../media/call";
import type { Rates } from "../media/rates";
import type { WantedSections } from "../media/sections";
import { decodeToPerson, encode, type WireFault } from "../wire/codec";
import {
  type FromPerson,
  type IceServer,
  type Note,
  PROTOCOL_VERSION,
  type Preflight,
  type ToPerson,
} from "../wire/messages.gen";

/** When the robot is lost and the bridge silent for so long, the network is away, and both are looked for anew. */
const BOTH_SILENT_MS = 1_000;

export interface RoadsOptions {
  readonly page: Window;
  /** The invite's token; null when the address holds none: then there is no road at all. */
  readonly token: string | null;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** A message, over whichever road; most come over both. */
  readonly onMessage: (message: ToPerson) => void;
  readonly onLink: (state: LinkState) => void;
  /** The robot is about to be called anew. */
  readonly onCall: () => void;
}

export class Roads {
  readonly link = signal<LinkState>({ kind: "closed" });
  /** The direct road to the robot is open. */
  readonly direct = signal(false);
  /** What to show, null until a picture begins to come in: an empty `<video>` would hold up the page's load event. */
  readonly stream = signal<MediaStream | null>(null);
  /** What is heard of the hall, null until sound begins to come in. */
  readonly sound = signal<MediaStream | null>(null);
  /** Whether the robot shows a face, null while it is not called. */
  readonly faceTaken = signal<boolean | null>(null);
  /** Frames from outside that were refused, by reason. */
  readonly refusedFrames = signal<Readonly<Partial<Record<WireFault, number>>>>({});
  readonly call: Call;
  /** Hears of answers to pings that `pingBridge` sent. */
  onBridgePong: (id: string) => void = () => {};
  readonly #bridge: BridgeLink | null;
  #rates: Rates = { fps: null, kbps: null, rttMs: null, lost: null };
  #bridgeRttMs: number | null = null;

  constructor({ page, token, clock, newId, onMessage, onLink, onCall }: RoadsOptions) {
    this.call = new Call({
      clock,
      newId,
      signal: (message) => this.#bridge?.send(message, "event") ?? false,
      onFrame: (frame) => {
        const decoded = decodeToPerson(frame);
        if (!decoded.ok) this.#countFault(decoded.fault);
        else if (decoded.message.type === "pong") this.call.ponged(decoded.message);
        else if (decoded.message.type === "picture_times") this.call.toldTimes(decoded.message);
        else onMessage(decoded.message);
      },
      onCall,
      onPicture: () => {
        this.stream.value = this.call.stream;
      },
      onSound: (stream) => {
        this.sound.value = stream;
      },
      onFaceTaken: (face) => {
        this.faceTaken.value = face;
      },
      onRoad: (open) => {
        this.direct.value = open;
      },
      onRates: (rates) => {
        this.#rates = rates;
      },
    });
    if (token === null) {
      this.#bridge = null;
      return;
    }
    this.#bridge = new BridgeLink({
      url: bridgeUrlOf(page.location),
      hello: {
        type: "hello",
        version: PROTOCOL_VERSION,
        token,
        client_id: clientIdOf(page.sessionStorage),
      },
      onMessage,
      onFault: (fault) => this.#countFault(fault),
      onState: (state) => {
        this.link.value = state;
        onLink(state);
      },
      onRtt: (rttMs) => {
        this.#bridgeRttMs = rttMs;
      },
      onPong: (id) => this.onBridgePong(id),
      clock,
    });
  }

  get rates(): Rates {
    return this.#rates;
  }

  /** The round trip to the bridge, null while it is away. */
  get bridgeRttMs(): number | null {
    return this.link.peek().kind === "open" ? this.#bridgeRttMs : null;
  }

  /** What the bridge's clock said when it let this page in. */
  get bridgeClock(): BridgeClock | null {
    return this.#bridge?.bridgeClock ?? null;
  }

  /** Send a ping over the bridge only; returns whether it took it. */
  pingBridge(id: string): boolean {
    return this.#bridge?.send({ type: "ping", id }, "event") ?? false;
  }

  /** Tell the bridge what the check before a show found; returns whether it took it. */
  report(preflight: Preflight): boolean {
    return this.#bridge?.send(preflight, "event") ?? false;
  }

  /** Write to people: the bridge hands it on, and the robot hears nothing of it. */
  write(note: Note): boolean {
    return this.#bridge?.send(note, "event") ?? false;
  }

  /** Begin to dial. */
  open(): void {
    this.#bridge?.open();
  }

  /** The network may have changed, or the page was asleep: find out now. */
  probe(): void {
    this.#bridge?.probe();
  }

  /** Leave for good. */
  close(): void {
    this.call.close();
    this.#bridge?.close();
  }

  /** Send over every road that is open; returns whether one took it. */
  send(message: FromPerson, lane: "state" | "event"): boolean {
    const overBridge = this.#bridge?.send(message, lane) ?? false;
    const direct = this.call.send(encode(message), lane);
    return overBridge || direct;
  }

  /** Look after both; to be done every few hundred ms. */
  tend(robotOnline: boolean, iceServers: readonly IceServer[], wanted: WantedSections): void {
    const open = this.link.peek().kind === "open" && robotOnline;
    this.call.tend({ open, heardMs: this.#bridge?.heardMs ?? null }, iceServers, wanted);
    if (this.call.isLost) this.#bridge?.doubt(BOTH_SILENT_MS);
  }

  #countFault(fault: WireFault): void {
    const counts = this.refusedFrames.peek();
    this.refusedFrames.value = { ...counts, [fault]: (counts[fault] ?? 0) + 1 };
  }
}
