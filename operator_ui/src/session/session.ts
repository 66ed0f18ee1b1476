/** One tab's life in the room: roads, hands and what is known, tied together; the pages only read and ask. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Hand, Pace } from "../drive/hand";
import { NEUTRAL } from "../drive/hand";
import { Hands } from "../drive/hands";
import { attachLookKeys, LookControl } from "../drive/look";
import { CommandStream, type Lease } from "../drive/stream";
import type { LinkState } from "../link/bridge-link";
import { randomName, tokenOf } from "../link/invite";
import { Invites } from "../link/invites";
import { Face } from "../media/face";
import type { WantedMedia } from "../media/sections";
import { Voice } from "../media/voice";
import type { Ack, Role, Sound, ToPerson } from "../wire/messages.gen";
import { type CameraView, camerasOf } from "./camera-view";
import { type Cap, CapWish } from "./cap-wish";
import { Comfort } from "./comfort";
import { Gauges } from "./gauges";
import { GestureDesk } from "./gesture-desk";
import { attachGestureKeys } from "./gesture-keys";
import { attachHelpKey } from "./help-key";
import { type LinkView, linkOf } from "./link-view";
import { Neighbours } from "./neighbours";
import { watchNetwork } from "./network";
import { offsetOf, Preflight, type PreflightSeams } from "./preflight/preflight";
import { bridgeNow, reportOf } from "./preflight/report";
import { type Reach, reachOf } from "./reach";
import { type Outcome, Requests, type Wish, type WishType } from "./requests";
import { Roads } from "./roads";
import { EMPTY_ROOM, isMuted, nameOf, type RobotWord, type Room, reduceRoom, robotWord } from "./room";
import { sameBut, settled } from "./settled";
import { attachShowKeys, ShowDesk } from "./show-desk";
import { SpokenToFlow } from "./spoken-to";
import { StaffWatch } from "./staff-watch";
import { type Standing, standingOf } from "./state-word";
import { StopFlow, type StopProgress } from "./stop-flow";
import { floorOf, soundNow } from "./voice-floor";
import { attachVoiceKeys } from "./voice-keys";
import { WatchDesk } from "./watch-desk";

const STEP_MS = 20;
const LOOK_EVERY_MS = 250;
const OUTCOME_SHOWN_MS = 8_000;

export interface SessionOptions {
  /** Whether staff who have this page before them watch the robot by it. */
  readonly watches: boolean;
}

export class Session {
  readonly room = signal<Room>(EMPTY_ROOM);
  readonly pace = signal<Pace>("normal");
  /** What comes in, on a link that cannot bear all of it. */
  readonly media = signal<WantedMedia>("all");
  readonly hand = signal<Hand>(NEUTRAL);
  /** How the newest request ended, while that is news. */
  readonly outcome = signal<Outcome | null>(null);
  /** Monotonic ms, renewed four times a second: what ages on the page is judged by it. */
  readonly nowMs = signal(performance.now());
  readonly hasToken: boolean;
  readonly roads: Roads;
  readonly gauges = new Gauges();
  readonly hands: Hands;
  readonly look = new LookControl();
  readonly capWish = new CapWish();
  readonly voice: Voice;
  readonly face: Face;
  readonly preflight: Preflight;
  readonly gestures: GestureDesk;
  readonly show: ShowDesk;
  /** What staff watch beside the figures; on other pages it rests. */
  readonly watch: WatchDesk;
  /** The other robots that are watched in this browser. */
  readonly neighbours: Neighbours;
  readonly comfort: Comfort;
  /** Invites, made with this page's own; null without one. */
  readonly invites: Invites | null;

  /** The room as far as it changes rarely: all but telemetry. Panels read this one. */
  readonly desk: ReadonlySignal<Room>;
  readonly robot: ReadonlySignal<RobotWord | null>;
  readonly lease: ReadonlySignal<Lease | null>;
  readonly reach: ReadonlySignal<Reach>;
  readonly standing: ReadonlySignal<Standing>;
  /** What the robot says of its sound, null when it says nothing. */
  readonly sound: ReadonlySignal<Sound | null>;
  /** The robot's cameras, null before it said anything of them. */
  readonly cameras: ReadonlySignal<CameraView | null>;
  /** How the robot is reached, null while it is not heard or says nothing of it. */
  readonly link: ReadonlySignal<LinkView | null>;
  readonly stopProgress: ReadonlySignal<StopProgress>;

  readonly #requests: Requests;
  readonly #stop: StopFlow;
  readonly #spokenTo: SpokenToFlow;
  readonly #staffWatch = new StaffWatch();
  readonly #watches: boolean;
  readonly #isSeen: () => boolean;
  readonly #stream = new CommandStream(Date.now());
  readonly #asking = signal(0);
  readonly #stopTurn = signal(0);
  #lookedMs = 0;
  #heldLease: Lease | null = null;
  #end: () => void = () => {};

  constructor(page: Window, { watches }: SessionOptions) {
    const newId = numbered(randomName(12));
    const token = tokenOf(page.location.hash);
    this.hasToken = token !== null;
    this.invites = token === null ? null : new Invites(token, page.fetch.bind(page));
    this.comfort = new Comfort(page);
    this.#requests = new Requests(newId);
    this.#stop = new StopFlow(newId);
    this.#spokenTo = new SpokenToFlow(newId, Date.now());
    this.#watches = watches;
    this.#isSeen = () => watches && page.document.visibilityState === "visible";
    this.roads = new Roads({
      page,
      token,
      clock,
      newId,
      onMessage: (message) => this.#hear(message),
      onLink: (state) => this.#followLink(state),
      onCall: () => {
        this.#spokenTo.restart();
        this.voice.confirmed.value = null;
      },
    });
    this.hands = new Hands({
      driving: () => this.lease.peek() !== null,
      mark: () => this.show.mark.goal,
      onStop: () => this.stopAll(),
      onGesture: (digit) => this.gestures.press(digit),
      onLetGo: () => this.#sendNeutral(),
    });
    this.voice = new Voice({
      setMicrophone: (track) => this.roads.call.setMicrophone(track),
      devices: page.navigator.mediaDevices as MediaDevices | undefined, // without TLS there are none
    });
    this.face = new Face({
      setFace: (track) => this.roads.call.setFace(track),
      devices: page.navigator.mediaDevices as MediaDevices | undefined, // without TLS there are none
    });
    const air =
      watches && typeof BroadcastChannel === "function" ? new BroadcastChannel("stagebridge") : null;
    this.neighbours = new Neighbours(randomName(12), air, clock, () => this.stop());
    this.preflight = new Preflight(this.#preflightSeams(page));
    this.preflight.result.subscribe(() => this.#report());
    this.desk = settled(
      () => this.room.value,
      sameBut("telemetry", "telemetryMs", "statusMs", "sound", "soundMs", "cameras", "uplinks", "show"),
    );
    this.cameras = settled(() => camerasOf(this.room.value));
    this.robot = settled(() => robotWord(this.room.value, this.nowMs.value));
    this.link = settled(() => (this.robot.value?.fresh ? linkOf(this.room.value) : null));
    this.sound = settled(() => soundNow(this.room.value, this.nowMs.value));
    this.lease = settled(() => this.#leaseNow());
    this.gestures = new GestureDesk(this, (wish) => this.ask(wish));
    this.show = new ShowDesk(this, (wish) => this.ask(wish));
    this.reach = settled(() => this.#reachNow());
    this.watch = new WatchDesk(this);
    this.standing = settled(() => this.#standingNow());
    this.stopProgress = settled(() => {
      this.#stopTurn.value;
      const robot = this.robot.value;
      return this.#stop.progress(robot?.fresh ? robot.state : null, this.reach.value, this.nowMs.value);
    });
  }

  /** Begin: dial, listen to the hands, keep time. */
  open(page: Window): void {
    this.roads.open();
    void this.comfort.keepAwake();
    const detach = this.hands.attach(page);
    const detachVoice = attachVoiceKeys(page, this.voice);
    const detachGestures = attachGestureKeys(page, this.gestures);
    const detachLook = attachLookKeys(page, this.look, () => this.lease.peek() !== null);
    const detachShow = attachShowKeys(page, this.show);
    const detachHelp = attachHelpKey(page, this.comfort);
    const timer = setInterval(() => this.#step(), STEP_MS);
    const leave = () => this.close();
    const reload = (event: PageTransitionEvent) => event.persisted && page.location.reload();
    const other = () => page.location.reload(); // another invite in the address
    page.addEventListener("pagehide", leave);
    page.addEventListener("pageshow", reload);
    page.addEventListener("hashchange", other);
    const unwatch = watchNetwork(page, () => this.roads.probe());
    this.#end = () => {
      clearInterval(timer);
      detach();
      unwatch();
      detachVoice();
      detachGestures();
      detachShow();
      detachHelp();
      detachLook();
      page.removeEventListener("pagehide", leave);
    };
  }

  /** Leave the room: neutral first, then hang up. */
  close(): void {
    this.hands.letGo();
    this.face.turnOff();
    this.watch.close();
    this.neighbours.close();
    this.comfort.close();
    this.roads.close();
    this.#end();
  }

  /** Stop the robot, now and until it says so. Anyone may, at any time. */
  stop(): void {
    this.hands.letGo();
    this.#stop.press();
    this.#sendStop();
    this.#stopTurn.value += 1;
  }

  /** Stop this robot, and every other that is watched in this browser. */
  stopAll(): void {
    this.stop();
    this.neighbours.stop(null);
  }

  /** Ask the robot for something. */
  ask(wish: Wish): void {
    this.outcome.value = null;
    this.#requests.ask(wish, clock());
    this.#asking.value += 1;
    this.#sendRequests();
  }

  /** Write a line to presenters and staff. */
  write(text: string): void {
    if (text.trim() === "") return;
    this.ask({ type: "note", at_unix_ms: this.bridgeUnixMs(), to: null, text: text.trim() });
  }

  /** Cap the speed of whoever drives; null lifts the cap. */
  capSpeed(cap: Cap): void {
    if (this.capWish.wish(cap)) this.ask({ type: "cap_speed", max_speed_mps: cap });
  }

  /** Whether a request of this type waits for the robot's answer. */
  isWaiting(type: WishType): boolean {
    this.#asking.value;
    return this.#requests.isWaiting(type);
  }

  /** How long ago something was, by the bridge's clock; looked at anew four times a second. */
  bridgeAgeMs(atUnixMs: number): number {
    return Math.max(0, bridgeNow(this.roads.bridgeClock, this.nowMs.value, Date.now()) - atUnixMs);
  }

  /** What the bridge's clock says now, in whole ms. */
  bridgeUnixMs(): number {
    return Math.round(bridgeNow(this.roads.bridgeClock, clock(), Date.now()));
  }

  /** Whether this person may do what staff do. */
  hasRole(...roles: readonly Role[]): boolean {
    const role = this.desk.value.me?.role;
    return role !== undefined && roles.includes(role);
  }

  #preflightSeams(page: Window): PreflightSeams {
    return {
      page,
      bridgeOpen: () => this.roads.link.peek().kind === "open",
      bridgeClock: () => this.roads.bridgeClock,
      servers: () => this.room.peek().iceServers,
      pad: () => this.hands.padState.peek(),
      onAir: () => this.voice.speaks.peek(),
      cameraOn: () => this.face.state.peek().kind === "on",
      asPresenter: () => this.room.peek().me?.role === "presenter",
      pingBridge: (id) => this.roads.pingBridge(id),
      onPong: (hear) => {
        this.roads.onBridgePong = hear;
      },
    };
  }

  /** Staff see what this page's check found, also after the bridge was away. */
  #report(): void {
    const result = this.preflight.result.peek();
    if (result === null || this.room.peek().me?.role === "observer") return;
    const offset = offsetOf(this.roads.bridgeClock, clock(), Date.now());
    this.roads.report(reportOf(result, offset?.aheadMs ?? 0));
  }

  #leaseNow(): Lease | null {
    const robot = this.robot.value;
    const me = this.room.value.me;
    if (robot === null || !robot.fresh || me === null || robot.driver !== me.id) return null;
    return { epoch: robot.epoch, fence: robot.fence };
  }

  #reachNow(): Reach {
    this.#stopTurn.value;
    const { me, robotOnline } = this.desk.value;
    return reachOf({
      hasToken: this.hasToken,
      link: this.roads.link.value,
      direct: this.roads.direct.value,
      robotOnline,
      muted: isMuted(this.desk.value, me?.id ?? null) || this.#stop.wasMuted(this.nowMs.value),
    });
  }

  #standingNow(): Standing {
    return standingOf({
      hasToken: this.hasToken,
      link: this.roads.link.value,
      reach: this.reach.value,
      room: this.room.value,
      asking: this.isWaiting("lease_request"),
      stop: this.stopProgress.value,
      nowMs: this.nowMs.value,
    });
  }

  /** Who is not let in, or is sent off, has no direct road to the robot either. */
  #followLink(state: LinkState): void {
    this.nowMs.value = clock();
    if (state.kind !== "ended") return;
    this.hands.letGo();
    this.voice.turnOff();
    this.face.turnOff();
    this.roads.call.close();
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
      this.gauges.heard(room.telemetry, nowMs);
    if (room.status !== before.status) this.capWish.stated();
    if (message.type === "welcome") this.#report();
    this.#settle(message, nowMs);
    this.#watchLease();
  }

  #settle(message: ToPerson, nowMs: number): void {
    if (message.type === "stop_ack") {
      this.#stop.settle(message);
      this.#stopTurn.value += 1;
    } else if (message.type === "rtc_answer") {
      void this.roads.call.answer(message);
    } else if (message.type === "ack") {
      if (message.verdict === "refused") this.#refused(message, nowMs);
      this.#spokenTo.settle(message);
      this.voice.confirmed.value = this.#spokenTo.confirmed;
      const outcome = this.#requests.settle(message, nowMs);
      if (outcome !== null) this.#conclude(outcome);
    }
  }

  #refused(ack: Ack, nowMs: number): void {
    this.roads.call.refuse(ack.id);
    this.#stop.refuse(ack, nowMs);
    this.#stopTurn.value += 1;
  }

  #conclude(outcome: Outcome): void {
    this.#asking.value += 1;
    this.outcome.value = outcome;
    if (outcome.wish !== "cap_speed") return;
    const next = this.capWish.ended(outcome.kind);
    if (next !== null) this.ask({ type: "cap_speed", max_speed_mps: next.cap });
  }

  /** A lease that comes, goes or changes finds the hands off: motion is never inherited. */
  #watchLease(): void {
    const lease = this.lease.peek();
    const held = this.#heldLease;
    if (lease?.epoch === held?.epoch && lease?.fence === held?.fence) return;
    this.#heldLease = lease;
    this.hands.letGo();
    this.look.restart();
    if (lease !== null) this.preflight.end(); // it loads the link
  }

  #step(): void {
    const nowMs = clock();
    const hand = this.hands.look();
    if (hand.deadMan !== this.hand.peek().deadMan || hand.source !== this.hand.peek().source)
      this.hand.value = hand;
    this.#drive(nowMs, hand);
    this.#lookAbout(nowMs);
    this.#sendStop();
    this.#sendRequests();
    this.#sayWhomFor(nowMs);
    this.#watchRobot(nowMs);
    if (nowMs - this.#lookedMs >= LOOK_EVERY_MS) this.#look(nowMs);
  }

  #drive(nowMs: number, hand: Hand): void {
    const room = this.room.peek();
    const beacon = room.telemetry?.tick;
    const shown = this.roads.call.frames.shown;
    const echo = beacon === undefined ? null : { beacon, picture: shown?.rtpTime ?? null };
    const messages = this.#stream.step(nowMs, this.lease.peek(), hand, this.pace.peek(), room.profile, echo);
    for (const message of messages) {
      this.roads.send(message, "state");
      if (message.type === "drive" && shown !== null) this.gauges.commanded(shown.atMs, nowMs);
    }
  }

  #lookAbout(nowMs: number): void {
    const lease = this.lease.peek();
    const reach = this.room.peek().profile?.look ?? null;
    this.look.turn(this.hands.lookPad);
    for (const look of this.look.step(nowMs, lease, reach)) this.roads.send(look, "event");
  }

  /** Not as `state`: a command of this very turn may still wait on the direct road, and both have to go. */
  #watchRobot(nowMs: number): void {
    const watch = this.#staffWatch.step(nowMs, this.hasRole("staff") && this.#isSeen(), this.room.peek());
    if (watch !== null) this.roads.send(watch, "event");
  }

  #tellNeighbours(nowMs: number, room: Room): void {
    if (room.robot === null) return;
    const { appliedMps, battery } = this.gauges.hud.peek();
    const driver = nameOf(room, this.robot.peek()?.driver ?? null);
    const word = this.standing.peek().word;
    this.neighbours.say({ robot: room.robot, word, driver, speedMps: appliedMps, battery }, nowMs);
  }

  /** The microphone is heard only once the robot has answered. */
  #sayWhomFor(nowMs: number): void {
    const message = this.#spokenTo.step(nowMs, this.voice.meant.peek());
    this.voice.confirmed.value = this.#spokenTo.confirmed;
    if (message !== null) this.roads.send(message, "event");
  }

  #sendNeutral(): void {
    const nowMs = clock();
    for (let turn = 0; turn < 3; turn += 1) this.#drive(nowMs, NEUTRAL);
  }

  /** A bridge without a robot behind it takes a STOP, and it has reached nobody. */
  #sendStop(): void {
    const message = this.#stop.toSend;
    if (message === null || !this.roads.send(message, "event")) return;
    if (this.reach.peek() === "robot" && this.#stop.sent(clock())) this.#stopTurn.value += 1;
  }

  #sendRequests(): void {
    const { send, givenUp } = this.#requests.step(clock());
    for (const message of send) {
      if (message.type === "note") this.roads.write(message);
      else this.roads.send(message, "event");
    }
    for (const outcome of givenUp) this.#conclude(outcome);
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    this.nowMs.value = nowMs;
    this.#watchLease();
    const room = this.room.peek();
    this.roads.tend(room.robotOnline === true, room.iceServers, {
      face: this.hasRole("presenter"),
      media: this.media.peek(),
    });
    this.gauges.look(nowMs, this.robot.peek()?.fresh ? room.telemetry : null, this.roads);
    if (this.#watches) {
      this.watch.look(nowMs, this.bridgeUnixMs());
      this.#tellNeighbours(nowMs, room);
    }
    this.voice.floor.value = floorOf(room, this.robot.peek()?.driver ?? null);
    const outcome = this.outcome.peek();
    if (outcome !== null && nowMs - outcome.atMs > OUTCOME_SHOWN_MS) this.outcome.value = null;
  }
}

function numbered(prefix: string): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${made}`;
  };
}

function clock(): number {
  return performance.now();
}
