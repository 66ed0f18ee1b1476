/** The WebSocket to the bridge: hello, redial with capped back-off, a round trip measured once a second. */
import { decodeToPerson, encode, type WireFault } from "../wire/codec";
import type { AtBridge, Hello, ToPerson } from "../wire/messages.gen";
import { dialWithinMs, redialAfterMs } from "./backoff";
import { type Closing, closingOf, type FinalReason, type PassingReason } from "./closing";

export type LinkState =
  | { readonly kind: "dialling"; readonly attempt: number; readonly why: PassingReason | null }
  | { readonly kind: "open" }
  | {
      readonly kind: "waiting";
      readonly attempt: number;
      readonly why: PassingReason;
      readonly untilMs: number;
    }
  | { readonly kind: "ended"; readonly why: FinalReason }
  | { readonly kind: "closed" };

export interface LinkOptions {
  readonly url: string;
  readonly hello: Hello;
  /** A message of the bridge, or of the robot through it. */
  readonly onMessage: (message: ToPerson) => void;
  /** A frame that was refused. */
  readonly onFault: (fault: WireFault, detail: string) => void;
  readonly onState: (state: LinkState) => void;
  readonly onRtt: (rttMs: number) => void;
  /** An answer to a ping that was not this link's own. */
  readonly onPong?: (id: string) => void;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly dial?: (url: string) => WebSocket;
  readonly chance?: () => number;
}

/** What the bridge's clock said, and when by this page's monotonic clock, give or take. */
export interface BridgeClock {
  readonly unixMs: number;
  readonly atMs: number;
  readonly errorMs: number;
}

const PING_EVERY_MS = 1_000;
const SILENT_AFTER_MS = 3_000;
const WELCOME_WITHIN_MS = 6_000;
const STATE_BACKLOG_BYTES = 2_048;

export class BridgeLink {
  readonly #options: LinkOptions;
  #socket: WebSocket | null = null;
  #state: LinkState = { kind: "closed" };
  #attempt = 0;
  #welcomed = false;
  #why: PassingReason | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hung = false;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heardMs: number | null = null;
  #pings = 0;
  #pinged: { readonly id: string; readonly atMs: number } | null = null;
  #helloMs = 0;
  #clock: BridgeClock | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Begin to dial; it goes on until `close` or a final refusal. */
  open(): void {
    if (this.#state.kind !== "closed") return;
    this.#dial();
  }

  /** Dial now instead of at the end of the wait. */
  redialNow(): void {
    if (this.#state.kind !== "waiting") return;
    clearTimeout(this.#timer);
    this.#dial();
  }

  /** When the bridge was last heard, null before the first time. */
  get heardMs(): number | null {
    return this.#heardMs;
  }

  /** What the newest welcome said of the bridge's clock, null before the first. */
  get bridgeClock(): BridgeClock | null {
    return this.#clock;
  }

  /** Ask for a sign of life now: the network may have changed. */
  probe(): void {
    if (this.#state.kind === "open") this.#ping();
    else this.redialNow();
  }

  /**
   * Ask for a sign of life of an open connection, or dial anew when it has given none for so long: an old connection
   * learns late that the network is back.
   */
  doubt(silentMs: number): void {
    if (this.#state.kind !== "open") return;
    if (this.#options.clock() - (this.#heardMs ?? 0) < silentMs) this.#ping();
    else this.#fail({ final: false, reason: "silent" });
  }

  /** Leave for good. */
  close(): void {
    this.#drop();
    this.#become({ kind: "closed" });
  }

  /**
   * Send a message when the link is open, and return whether it went.
   * A `state` message is left out while older ones still wait: only the newest counts.
   */
  send(message: AtBridge, lane: "state" | "event"): boolean {
    const socket = this.#socket;
    if (socket === null || this.#state.kind !== "open" || socket.readyState !== WebSocket.OPEN) return false;
    if (lane === "state" && socket.bufferedAmount > STATE_BACKLOG_BYTES) return false;
    socket.send(encode(message));
    return true;
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #dial(): void {
    this.#become({ kind: "dialling", attempt: this.#attempt, why: this.#why });
    const socket = (this.#options.dial ?? ((url) => new WebSocket(url)))(this.#options.url);
    this.#socket = socket;
    this.#welcomed = false;
    this.#expect(dialWithinMs(this.#attempt));
    socket.onopen = () => {
      this.#expect(WELCOME_WITHIN_MS);
      this.#helloMs = this.#options.clock();
      socket.send(encode(this.#options.hello));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => this.#hear(event.data);
    socket.onclose = (event: CloseEvent) => this.#fail(closingOf(event.code, this.#welcomed));
  }

  #expect(withinMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#hung = true;
      this.#fail({ final: false, reason: "unreachable" });
    }, withinMs);
  }

  #hear(frame: unknown): void {
    this.#heardMs = this.#options.clock();
    const decoded = decodeToPerson(frame);
    if (!decoded.ok) {
      this.#options.onFault(decoded.fault, decoded.detail);
      return;
    }
    const { message } = decoded;
    if (message.type === "welcome") this.#enter(message.server_unix_ms);
    if (message.type === "pong") this.#measure(message.id);
    else this.#options.onMessage(message);
  }

  #enter(bridgeUnixMs: number): void {
    clearTimeout(this.#timer);
    const errorMs = (this.#options.clock() - this.#helloMs) / 2; // it was said at some time since the hello
    this.#clock = { unixMs: bridgeUnixMs, atMs: this.#helloMs + errorMs, errorMs };
    this.#welcomed = true;
    this.#attempt = 0;
    this.#why = null;
    this.#pinged = null;
    this.#become({ kind: "open" });
    this.#watch = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.#ping();
  }

  #ping(): void {
    const nowMs = this.#options.clock();
    if (nowMs - (this.#heardMs ?? nowMs) > SILENT_AFTER_MS) {
      this.#fail({ final: false, reason: "silent" });
      return;
    }
    this.#pings += 1;
    this.#pinged = { id: `ping-${this.#pings}`, atMs: nowMs };
    this.send({ type: "ping", id: this.#pinged.id }, "event");
  }

  #measure(id: string): void {
    if (this.#pinged?.id !== id) {
      this.#options.onPong?.(id);
      return;
    }
    this.#options.onRtt(this.#options.clock() - this.#pinged.atMs);
    this.#pinged = null;
  }

  #fail(closing: Closing): void {
    this.#drop();
    if (closing.final) {
      this.#become({ kind: "ended", why: closing.reason });
      return;
    }
    this.#attempt += 1;
    this.#why = closing.reason;
    const waitMs = redialAfterMs(this.#hung ? 1 : this.#attempt, (this.#options.chance ?? Math.random)());
    this.#hung = false;
    this.#timer = setTimeout(() => this.#dial(), waitMs);
    this.#become({
      kind: "waiting",
      attempt: this.#attempt,
      why: closing.reason,
      untilMs: this.#options.clock() + waitMs,
    });
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
