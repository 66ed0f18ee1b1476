/** One tab's life in the room: link, call, hands and what is known, tied together; the pages only read and ask. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Hand, Pace } from "../drive/hand";
import { NEUTRAL } from "../drive/hand";
import { Hands } from "../drive/hands";
import { CommandStream, type Lease } from "../drive/stream";
import { BridgeLink, type LinkState } from "../link/bridge-link";
import { bridgeUrlOf, clientIdOf, randomName, tokenOf } from "../link/invite";
import { Call } from "../media/call";
import { type Picture, pictureAt } from "../media/picture";
import type { Rates } from "../media/rates";
import { decodeToPerson, encode, type WireFault } from "../wire/codec";
import { type FromPerson, PROTOCOL_VERSION, type Role, type ToPerson } from "../wire/messages.gen";
import { type Hud, hudOf, LoopDelays, NO_HUD } from "./hud";
import { type Outcome, Requests, type Wish, type WishType } from "./requests";
import { EMPTY_ROOM, type RobotWord, type Room, reduceRoom, robotWord } from "./room";
import { sameBut, settled } from "./settled";
import { type Standing, standingOf } from "./state-word";
import { StopFlow, type StopProgress } from "./stop-flow";

const STEP_MS = 20;
const LOOK_EVERY_MS = 250;
const HISTORY_KEPT = 120; // a minute at two a second
const OUTCOME_SHOWN_MS = 8_000;

export class Session {
  readonly room = signal<Room>(EMPTY_ROOM);
  readonly link = signal<LinkState>({ kind: "closed" });
  readonly picture = signal<Picture>({ kind: "none", why: "not_called" });
  readonly hud = signal<Hud>(NO_HUD);
  /** Loop delays of the last minute, two a second, oldest first; null where none was in force. */
  readonly history = signal<readonly (number | null)[]>([]);
  readonly pace = signal<Pace>("normal");
  readonly hand = signal<Hand>(NEUTRAL);
  /** How the newest request ended, while that is news. */
  readonly outcome = signal<Outcome | null>(null);
  /** What to show, null until a picture begins to come in: an empty `<video>` would hold up the page's load event. */
  readonly stream = signal<MediaStream | null>(null);
  /** The direct road to the robot is open. */
  readonly direct = signal(false);
  /** Frames from outside that were refused, by reason. */
  readonly refusedFrames = signal<Readonly<Partial<Record<WireFault, number>>>>({});
  /** Monotonic ms, renewed four times a second: what ages on the page is judged by it. */
  readonly nowMs = signal(performance.now());
  readonly hasToken: boolean;

  /** The room as far as it changes rarely: all but telemetry. Panels read this one. */
  readonly desk: ReadonlySignal<Room>;
  readonly robot: ReadonlySignal<RobotWord | null>;
  readonly lease: ReadonlySignal<Lease | null>;
  readonly standing: ReadonlySignal<Standing>;
  readonly stopProgress: ReadonlySignal<StopProgress>;
  readonly hands: Hands;
  readonly call: Call;

  readonly #link: BridgeLink | null;
  readonly #requests: Requests;
  readonly #stop: StopFlow;
  readonly #stream = new CommandStream(Date.now());
  readonly #delays = new LoopDelays();
  readonly #asking = signal(0);
  readonly #stopTurn = signal(0);
  #rates: Rates = { fps: null, kbps: null, rttMs: null };
  #bridgeRttMs: number | null = null;
  #lookedMs = 0;
  #looks = 0;
  #heldLease: Lease | null = null;
  #end: () => void = () => {};

  constructor(page: Window) {
    const prefix = randomName(12);
    let made = 0;
    const newId = () => {
      made += 1;
      return `${prefix}-${made}`;
    };
    const token = tokenOf(page.location.hash);
    this.hasToken = token !== null;
    this.#requests = new Requests(newId);
    this.#stop = new StopFlow(newId);
    this.desk = settled(() => this.room.value, sameBut("telemetry", "telemetryMs", "statusMs"));
    this.robot = settled(() => robotWord(this.room.value, this.nowMs.value));
    this.lease = settled(() => this.#leaseNow());
    this.standing = settled(() => this.#standingNow());
    this.stopProgress = settled(() => {
      this.#stopTurn.value;
      const robot = this.robot.value;
      return this.#stop.progress(robot?.fresh ? robot.state : null);
    });
    this.hands = new Hands({
      driving: () => this.lease.peek() !== null,
      onStop: () => this.stop(),
      onLetGo: () => this.#sendNeutral(),
    });
    this.call = new Call({
      clock,
      newId,
      signal: (message) => this.#link?.send(message, "event") ?? false,
      onFrame: (frame) => this.#hearDirect(frame),
      onPicture: () => {
        this.stream.value = this.call.stream;
      },
      onRoad: (open) => {
        this.direct.value = open;
      },
      onRates: (rates) => {
        this.#rates = rates;
      },
    });
    this.#link =
      token === null
        ? null
        : new BridgeLink({
            url: bridgeUrlOf(page.location),
            hello: {
              type: "hello",
              version: PROTOCOL_VERSION,
              token,
              client_id: clientIdOf(page.sessionStorage),
            },
            onMessage: (message) => this.#hear(message),
            onFault: (fault) => this.#countFault(fault),
            onState: (state) => {
              this.link.value = state;
              this.nowMs.value = clock();
              if (state.kind === "ended") this.#hangUp();
            },
            onRtt: (rttMs) => {
              this.#bridgeRttMs = rttMs;
            },
            clock,
          });
  }

  /** Begin: dial, listen to the hands, keep time. */
  open(page: Window): void {
    this.#link?.open();
    const detach = this.hands.attach(page);
    const timer = setInterval(() => this.#step(), STEP_MS);
    const leave = () => this.close();
    const reload = (event: PageTransitionEvent) => event.persisted && page.location.reload();
    const other = () => page.location.reload(); // another invite in the address
    page.addEventListener("pagehide", leave);
    page.addEventListener("pageshow", reload);
    page.addEventListener("hashchange", other);
    const online = () => this.#link?.redialNow();
    page.addEventListener("online", online);
    this.#end = () => {
      clearInterval(timer);
      detach();
      page.removeEventListener("pagehide", leave);
      page.removeEventListener("online", online);
    };
  }

  /** Leave the room: neutral first, then hang up. */
  close(): void {
    this.#hangUp();
    this.#link?.close();
    this.#end();
  }

  /** Stop the robot, now and until it says so. Anyone may, at any time. */
  stop(): void {
    this.hands.letGo();
    this.#stop.press();
    this.#sendStop();
    this.#stopTurn.value += 1;
  }

  /** Ask the robot for something. */
  ask(wish: Wish): void {
    this.outcome.value = null;
    this.#requests.ask(wish, clock());
    this.#asking.value += 1;
    this.#sendRequests();
  }

  /** Whether a request of this type waits for the robot's answer. */
  isWaiting(type: WishType): boolean {
    this.#asking.value;
    return this.#requests.isWaiting(type);
  }

  /** Whether this person may do what staff do. */
  hasRole(...roles: readonly Role[]): boolean {
    const role = this.desk.value.me?.role;
    return role !== undefined && roles.includes(role);
  }

  /** Let go and end the call: who is not let in, or is sent off, has no direct road to the robot either. */
  #hangUp(): void {
    this.hands.letGo();
    this.call.close();
  }

  #leaseNow(): Lease | null {
    const robot = this.robot.value;
    const me = this.room.value.me;
    if (robot === null || !robot.fresh || me === null || robot.driver !== me.id) return null;
    return { epoch: robot.epoch, fence: robot.fence };
  }

  #standingNow(): Standing {
    this.#stopTurn.value;
    return standingOf({
      hasToken: this.hasToken,
      link: this.link.value,
      room: this.room.value,
      asking: this.isWaiting("lease_request"),
      stopSent: this.stopProgress.value.kind === "sent",
      nowMs: this.nowMs.value,
    });
  }

  #hearDirect(frame: unknown): void {
    const decoded = decodeToPerson(frame);
    if (!decoded.ok) this.#countFault(decoded.fault);
    else this.#hear(decoded.message);
  }

  #countFault(fault: WireFault): void {
    const counts = this.refusedFrames.peek();
    this.refusedFrames.value = { ...counts, [fault]: (counts[fault] ?? 0) + 1 };
  }

  #hear(message: ToPerson): void {
    const nowMs = clock();
    const before = this.room.peek();
    const room = reduceRoom(before, message, nowMs);
    if (room !== before) {
      if (nowMs - this.nowMs.peek() > STEP_MS) this.nowMs.value = nowMs;
      this.room.value = room;
    }
    if (room.telemetry !== null && room.telemetry !== before.telemetry)
      this.#delays.note(room.telemetry, nowMs);
    this.#settle(message, nowMs);
    this.#watchLease();
  }

  #settle(message: ToPerson, nowMs: number): void {
    if (message.type === "stop_ack") {
      this.#stop.settle(message);
      this.#stopTurn.value += 1;
    } else if (message.type === "rtc_answer") {
      void this.call.answer(message);
    } else if (message.type === "ack") {
      if (message.verdict === "refused") this.call.refuse(message.id);
      const outcome = this.#requests.settle(message, nowMs);
      if (outcome === null) return;
      this.#asking.value += 1;
      this.outcome.value = outcome;
    }
  }

  /** A lease that comes, goes or changes finds the hands off: motion is never inherited. */
  #watchLease(): void {
    const lease = this.lease.peek();
    const held = this.#heldLease;
    if (lease?.epoch === held?.epoch && lease?.fence === held?.fence) return;
    this.#heldLease = lease;
    this.hands.letGo();
  }

  #step(): void {
    const nowMs = clock();
    const hand = this.hands.look();
    if (hand.deadMan !== this.hand.peek().deadMan || hand.source !== this.hand.peek().source)
      this.hand.value = hand;
    this.#drive(nowMs, hand);
    this.#sendStop();
    this.#sendRequests();
    if (nowMs - this.#lookedMs >= LOOK_EVERY_MS) this.#look(nowMs);
  }

  #drive(nowMs: number, hand: Hand): void {
    const room = this.room.peek();
    const beacon = room.telemetry?.tick;
    const echo = beacon === undefined ? null : { beacon, picture: this.call.frames.shown?.rtpTime ?? null };
    const messages = this.#stream.step(nowMs, this.lease.peek(), hand, this.pace.peek(), room.profile, echo);
    for (const message of messages) this.#everyRoad(message, "state");
  }

  #sendNeutral(): void {
    const nowMs = clock();
    for (let turn = 0; turn < 3; turn += 1) this.#drive(nowMs, NEUTRAL);
  }

  #sendStop(): void {
    const message = this.#stop.toSend;
    if (message !== null && this.#everyRoad(message, "event") && this.#stop.sent(clock()))
      this.#stopTurn.value += 1;
  }

  #sendRequests(): void {
    const { send, givenUp } = this.#requests.step(clock());
    for (const message of send) this.#everyRoad(message, "event");
    for (const outcome of givenUp) this.outcome.value = outcome;
    if (givenUp.length > 0) this.#asking.value += 1;
  }

  /** Send over every road that is open; returns whether one took it. */
  #everyRoad(message: FromPerson, lane: "state" | "event"): boolean {
    const overBridge = this.#link?.send(message, lane) ?? false;
    const direct = this.call.send(encode(message), lane);
    return overBridge || direct;
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.nowMs.value = nowMs;
    this.#watchLease();
    const room = this.room.peek();
    this.call.tend(this.link.peek().kind === "open" && room.robotOnline === true, room.iceServers);
    const picture = pictureAt(nowMs, this.call.frames.shown?.atMs ?? null, this.call.trouble);
    if (JSON.stringify(picture) !== JSON.stringify(this.picture.peek())) this.picture.value = picture;
    const outcome = this.outcome.peek();
    if (outcome !== null && nowMs - outcome.atMs > OUTCOME_SHOWN_MS) this.outcome.value = null;
    const telemetry = this.robot.peek()?.fresh ? room.telemetry : null;
    const bridgeRttMs = this.link.peek().kind === "open" ? this.#bridgeRttMs : null;
    this.hud.value = hudOf(telemetry, this.#delays.median(nowMs), this.#rates, bridgeRttMs);
    this.#looks += 1;
    if (this.#looks % 2 === 0) {
      this.history.value = [...this.history.peek(), this.hud.peek().loopMs].slice(-HISTORY_KEPT);
    }
  }
}

function clock(): number {
  return performance.now();
}
