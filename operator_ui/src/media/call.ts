/** The WebRTC call to the robot: its picture comes in, and the direct road for motion opens beside it. */
import { encode } from "../wire/codec";
import type {
  IceServer,
  PictureTimes,
  Pong,
  RtcAnswer,
  RtcCandidate,
  RtcClose,
  RtcOffer,
} from "../wire/messages.gen";
import { Arrivals, tellsOfPackets } from "./arrivals";
import { FrameClock } from "./frame-clock";
import { type Glass, GlassToGlass } from "./glass";
import type { NoPicture } from "./picture";
import { Pings } from "./pings";
import { type Counters, countersOf, type Rates, ratesBetween } from "./rates";
import { ailment, awake, type CallSigns, callGapMs, heard, isWorthCalling, type Way } from "./recall";
import { replaceTracks, Screen } from "./screen";
import { type Sections, sectionsOf, type WantedMedia, type WantedSections } from "./sections";
import { asRtcIceServer } from "./ways";

export interface CallOptions {
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Send to the robot through the bridge; returns whether it went. */
  readonly signal: (message: RtcOffer | RtcCandidate | RtcClose) => boolean;
  /** A frame over the direct road. */
  readonly onFrame: (frame: unknown) => void;
  /** The robot is about to be called anew. */
  readonly onCall: () => void;
  /** A picture begins to come in, in `stream`. */
  readonly onPicture: () => void;
  /** Sound begins to come in. The stream is the same one for the page's life; a new call changes its track. */
  readonly onSound: (stream: MediaStream) => void;
  /** The robot took the call; `face` says whether it shows a face. Null: there is no call. */
  readonly onFaceTaken: (face: boolean | null) => void;
  /** The direct road opened or closed. */
  readonly onRoad: (open: boolean) => void;
  readonly onRates: (rates: Rates) => void;
}

const NO_RATES: Rates = { fps: null, kbps: null, rttMs: null, lost: null };
const COUNT_EVERY_MS = 500;

interface Session {
  readonly id: string;
  readonly pc: RTCPeerConnection;
  readonly sections: Sections;
  readonly media: WantedMedia;
  readonly road: RTCDataChannel;
  signs: CallSigns;
  /** When its picture took the older one's place on the screen; null before. */
  takenMs: number | null;
  /** The browser tells the robot of single packets: nothing need be told of pictures. */
  tellsOfPackets: boolean;
}

export class Call {
  readonly frames: FrameClock;
  readonly #screen = new Screen();
  readonly #sound = new MediaStream();
  #microphone: MediaStreamTrack | null = null;
  #face: MediaStreamTrack | null = null;
  readonly #options: CallOptions;
  #session: Session | null = null;
  readonly #pings = new Pings();
  readonly #arrivals = new Arrivals();
  readonly #glass = new GlassToGlass();
  #calledMs = 0;
  #lookedMs = 0;
  #failures = 0;
  #trouble: NoPicture | null = "not_called";
  #counted: Counters | null = null;
  /** The road that was empty when this task first sent over it. */
  #begunEmpty: RTCDataChannel | null = null;
  #counting = false;
  #countedMs = 0;

  constructor(options: CallOptions) {
    this.#options = options;
    this.frames = new FrameClock(
      options.clock,
      () => this.#playedRtpTime(),
      (rtpTime, atMs) => this.#noteArrival(rtpTime, atMs),
      (times) => this.#glass.shown(times),
    );
  }

  /** One stream for the page's life: a new call changes its track, and the last picture stays until the next. */
  get stream(): MediaStream {
    return this.#screen.stream;
  }

  /** What ails the picture, null while nothing does. */
  get trouble(): NoPicture | null {
    return this.#trouble;
  }

  /** Nothing is heard of the robot any more. */
  get isLost(): boolean {
    return this.#session !== null && this.#trouble === "lost";
  }

  /** Look after the call, by way of the bridge; to be done every few hundred ms. A running call goes on without it. */
  tend(way: Way, iceServers: readonly IceServer[], wanted: WantedSections): void {
    const nowMs = this.#options.clock();
    const lookedMs = this.#lookedMs;
    this.#lookedMs = nowMs;
    if (this.#session !== null && this.#session.media !== wanted.media) this.#end(); // another call, for other media
    const session = this.#session;
    if (session === null) {
      this.#callWhenDue(way, iceServers, wanted, nowMs);
      return;
    }
    this.#noteShown(session);
    session.signs = awake(session.signs, lookedMs, nowMs);
    this.#pings.ping(nowMs, (ping) => this.send(encode(ping), "state"));
    if (nowMs - this.#countedMs >= COUNT_EVERY_MS) void this.#count(session);
    const ails = ailment(session.signs, nowMs);
    if (ails !== null) this.#trouble = ails;
    else if (session.media !== "all") this.#trouble = "frugal";
    else if (session.signs.pictureMs !== null) this.#trouble = null;
    else if (this.#trouble === "lost") this.#trouble = "calling";
    if (ails === null || !isWorthCalling(ails, session.signs, way, nowMs)) return;
    if (ails !== "lost") this.#failures += 1;
    this.#end();
    this.#callWhenDue(way, iceServers, wanted, nowMs);
  }

  /** Take what the robot tells of its pictures. */
  toldTimes({ pictures }: PictureTimes): void {
    const nowMs = this.#options.clock();
    this.#glass.told(pictures, this.#pings.offset(nowMs), nowMs);
  }

  /** Where the time goes from the robot's lens to this screen, null while that is not known. */
  get glass(): Glass | null {
    const nowMs = this.#options.clock();
    return this.#glass.glass(nowMs, this.#pings.offset(nowMs));
  }

  /** Take the robot's answer to a ping over the direct road. */
  ponged(pong: Pong): void {
    this.#pings.ponged(pong, this.#options.clock());
  }

  /** Take the robot's answer. */
  async answer(message: RtcAnswer): Promise<void> {
    const session = this.#session;
    if (session?.id !== message.id || session.signs.answered) return;
    session.signs = { ...session.signs, answered: true };
    session.tellsOfPackets = tellsOfPackets(message.sdp);
    try {
      await session.pc.setRemoteDescription({ type: "answer", sdp: message.sdp });
      if (this.#session === session)
        this.#options.onFaceTaken(session.sections.face?.currentDirection === "sendonly");
    } catch {
      this.refuse(message.id);
    }
  }

  /** The robot could not take the call `id`. */
  refuse(id: string): void {
    const session = this.#session;
    if (session?.id === id) session.signs = { ...session.signs, refused: true };
  }

  /**
   * Send over the direct road; a `state` frame is left out while an older one still waits. Returns whether it went.
   *
   * Frames of one task go out together: the road tells only between tasks that it is empty again.
   */
  send(frame: string, lane: "state" | "event"): boolean {
    const road = this.#session?.road;
    if (road?.readyState !== "open") return false;
    const isEmpty = road.bufferedAmount === 0;
    if (lane === "state" && !isEmpty && this.#begunEmpty !== road) return false;
    if (isEmpty && this.#begunEmpty === null) {
      this.#begunEmpty = road;
      queueMicrotask(() => {
        this.#begunEmpty = null;
      });
    }
    road.send(frame);
    return true;
  }

  /** Have the robot hear this microphone, in this call and the next ones; null: silence. */
  setMicrophone(track: MediaStreamTrack | null): void {
    this.#microphone = track;
    this.#giveTracks();
  }

  /** Have the robot show this camera's face, in this call and the next ones; null: none. */
  setFace(track: MediaStreamTrack | null): void {
    this.#face = track;
    this.#giveTracks();
  }

  /** Hang up, and tell the robot. */
  close(): void {
    const id = this.#session?.id;
    if (id !== undefined) this.#options.signal({ type: "rtc_close", id });
    this.#end();
    this.#screen.close();
    this.#trouble = "not_called";
  }

  #callWhenDue(way: Way, iceServers: readonly IceServer[], wanted: WantedSections, nowMs: number): void {
    if (!way.open || nowMs - this.#calledMs < callGapMs(this.#failures, this.#trouble === "refused")) return;
    this.#call(iceServers, wanted, nowMs);
  }

  #call(iceServers: readonly IceServer[], wanted: WantedSections, nowMs: number): void {
    this.#calledMs = nowMs;
    this.#options.onCall();
    const pc = new RTCPeerConnection({ iceServers: iceServers.map(asRtcIceServer) });
    const road = pc.createDataChannel("motion", { ordered: false, maxRetransmits: 0 });
    const session: Session = {
      id: this.#options.newId(),
      pc,
      sections: sectionsOf(pc, wanted),
      media: wanted.media,
      road,
      signs: {
        offeredMs: nowMs,
        pictures: wanted.media === "all",
        answered: false,
        refused: false,
        connection: "new",
        heardMs: null,
        resumedMs: nowMs,
        pictureMs: null,
      },
      takenMs: null,
      tellsOfPackets: true,
    };
    this.#session = session;
    this.#trouble ??= "calling";
    if (this.#trouble === "not_called") this.#trouble = "calling";
    this.#giveTracks();
    pc.ontrack = ({ track, transceiver }) => this.#take(session, track, transceiver);
    pc.onconnectionstatechange = () => {
      session.signs = { ...session.signs, connection: pc.connectionState };
    };
    pc.onicecandidate = (event) => this.#trickle(session, event.candidate);
    road.onopen = () => this.#options.onRoad(true);
    road.onclose = () => this.#options.onRoad(false);
    road.onmessage = (event: MessageEvent<unknown>) => {
      session.signs = heard(session.signs, this.#options.clock());
      this.#options.onFrame(event.data);
    };
    void this.#offer(session);
  }

  async #offer(session: Session): Promise<void> {
    try {
      await session.pc.setLocalDescription();
      const sdp = session.pc.localDescription?.sdp ?? "";
      if (this.#session !== session) return;
      if (!this.#options.signal({ type: "rtc_offer", id: session.id, sdp })) this.refuse(session.id);
    } catch {
      this.refuse(session.id);
    }
  }

  #trickle(session: Session, candidate: RTCIceCandidate | null): void {
    if (this.#session !== session) return;
    this.#options.signal({
      type: "rtc_candidate",
      id: session.id,
      candidate: candidate?.candidate || null,
      mid: candidate?.sdpMid ?? null,
      line: candidate?.sdpMLineIndex ?? null,
    });
  }

  #giveTracks(): void {
    if (this.#session !== null) give(this.#session.sections, this.#microphone, this.#face);
  }

  #take(session: Session, track: MediaStreamTrack, transceiver: RTCRtpTransceiver): void {
    if (this.#session !== session) return;
    if (transceiver === session.sections.sound) {
      replaceTracks(this.#sound, track);
      this.#options.onSound(this.#sound);
    } else if (transceiver === session.sections.picture) {
      session.takenMs = this.#options.clock();
      this.#screen.show(session.pc, track);
      this.frames.restart();
      this.#options.onPicture();
    }
  }

  #noteArrival(rtpTime: number, atMs: number): void {
    if (this.#session === null || this.#session.tellsOfPackets) return;
    this.#arrivals.note(rtpTime, atMs, this.#options.clock(), (message) =>
      this.send(encode(message), "state"),
    );
  }

  #noteShown(session: Session): void {
    const shown = this.frames.shown;
    if (shown === null || session.takenMs === null || shown.atMs < session.takenMs) return;
    if (shown.atMs <= (session.signs.pictureMs ?? 0)) return;
    this.#notePicture(session, shown.atMs);
    this.#failures = 0;
  }

  #notePicture(session: Session, atMs: number): void {
    session.signs = { ...heard(session.signs, atMs), pictureMs: atMs };
  }

  /** Count what came in. In a hidden tab nothing is shown, but pictures still arrive: they keep the call alive. */
  async #count(session: Session): Promise<void> {
    if (this.#counting) return;
    this.#counting = true;
    try {
      const report = await session.pc.getStats();
      if (this.#session !== session) return;
      const nowMs = this.#options.clock();
      this.#countedMs = nowMs;
      const counters = countersOf(report.values(), nowMs);
      const rates = ratesBetween(this.#counted, counters);
      this.#counted = counters;
      this.#options.onRates(rates);
      if ((rates.fps ?? 0) > 0) this.#notePicture(session, nowMs);
    } finally {
      this.#counting = false;
    }
  }

  #playedRtpTime(): number | null {
    const receiver = this.#session?.sections.picture.receiver;
    return receiver?.getSynchronizationSources()[0]?.rtpTimestamp ?? null;
  }

  #end(): void {
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    session.pc.ontrack = null;
    session.pc.onconnectionstatechange = null;
    session.pc.onicecandidate = null;
    session.road.onopen = null;
    session.road.onclose = null;
    session.road.onmessage = null;
    session.road.close();
    give(session.sections, null, null);
    this.#screen.retire(session.pc);
    this.#counted = null;
    this.#pings.restart();
    this.#glass.restart();
    this.#options.onRoad(false);
    this.#options.onFaceTaken(null);
    this.#options.onRates(NO_RATES);
  }
}

function give(to: Sections, microphone: MediaStreamTrack | null, face: MediaStreamTrack | null): void {
  attach(to.sound.sender, microphone);
  if (to.face !== null) attach(to.face.sender, face);
}

/** The section was negotiated with room for a track: giving it one, or taking it away, renegotiates nothing. */
function attach(sender: RTCRtpSender, track: MediaStreamTrack | null): void {
  if (sender.track === track) return;
  sender.replaceTrack(track).catch(() => {}); // the call has ended meanwhile; the next one takes the track again
}
