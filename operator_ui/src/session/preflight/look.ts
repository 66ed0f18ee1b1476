/** The looking itself: devices first, as the browser asks for leave soon after a click, then the ways out, then a soak. */
import type { PadState } from "../../drive/pad";
import { type Pinged, PingSoak } from "../../link/ping-soak";
import { openDevices } from "../../media/devices";
import { type Soaked, soakRelay } from "../../media/relay-soak";
import { probeRelays, turnUrls } from "../../media/relays";
import { lookAtSound, type SoundSeen } from "../../media/tone";
import { asRtcIceServer, getsOutByUdp } from "../../media/ways";
import type { IceServer } from "../../wire/messages.gen";
import { FACE_BPS, PICTURE_BPS } from "./limits";
import type { Line } from "./line";
import {
  bridgeLine,
  cameraLine,
  cpuLine,
  microphoneLine,
  type Opened,
  padLine,
  pageLine,
  speakerLine,
  udpLine,
} from "./rules-here";
import { type ClockOffset, clockLine, mediaLine, socketLine, turnLines } from "./rules-link";

const LISTEN_MS = 1_500;
const TIMER_MS = 20;
const LAST_PONGS_MS = 500;

/** What the look needs of the session. */
export interface Here {
  readonly bridgeOpen: () => boolean;
  readonly clock: ClockOffset | null;
  readonly servers: readonly IceServer[];
  readonly pad: PadState;
  /** This voice is heard in the hall now, and so would a tone be. */
  readonly onAir: boolean;
  /** The robot shows this camera already: another opening could fail where it must not be shared. */
  readonly cameraOn: boolean;
  readonly pingBridge: (id: string) => boolean;
  readonly onPong: (hear: (id: string) => void) => void;
}

export interface LookWish {
  readonly soakMs: number;
  /** Who is seen on stage has a camera, and may have a gamepad. */
  readonly asPresenter: boolean;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: "devices" | "ways" | "soak") => void;
}

/** Look at everything, and return a line for each. */
export async function look(page: Window, here: Here, wish: LookWish): Promise<readonly Line[]> {
  wish.onPhase("devices");
  const devices = await lookAtDevices(page, here, wish);
  wish.onPhase("ways");
  const servers = here.servers.map(asRtcIceServer);
  const [udp, relays] = await Promise.all([
    getsOutByUdp(servers).catch(() => null),
    probeRelays(servers).catch(() => null),
  ]);
  wish.onPhase("soak");
  const soaked = await soak(page, here, wish, relays?.some((each) => each.answer === "works") === true);
  return [
    pageLine(page.isSecureContext),
    bridgeLine(here.bridgeOpen()),
    clockLine(here.clock),
    socketLine(soaked.pinged),
    cpuLine(soaked.lateMs, soaked.hidden),
    udpLine(udp, here.servers.length),
    ...turnLines(relays, udp === true),
    mediaLine(turnUrls(servers).length === 0 ? null : soaked.media),
    ...devices,
  ];
}

async function lookAtDevices(page: Window, here: Here, wish: LookWish): Promise<readonly Line[]> {
  const devices = page.navigator.mediaDevices as MediaDevices | undefined; // without TLS there are none
  const microphone = await openDevices(devices, {
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false }, // or it takes the tone out
  });
  const camera = wish.asPresenter && !here.cameraOn ? await openDevices(devices, { video: true }) : null;
  try {
    const stream = typeof microphone === "string" ? null : microphone;
    const sound: SoundSeen = await lookAtSound({
      microphone: stream,
      play: !here.onAir,
      listenMs: LISTEN_MS,
    });
    return [
      ...(wish.asPresenter ? [cameraLine(camera === null ? "works" : openedOf(camera))] : []),
      microphoneLine(openedOf(microphone), sound.micDbfs),
      speakerLine(sound.tone),
      ...(wish.asPresenter ? [padLine(here.pad)] : []),
    ];
  } finally {
    for (const each of [microphone, camera]) letGo(each);
  }
}

function openedOf(opened: MediaStream | Exclude<Opened, "works">): Opened {
  return typeof opened === "string" ? opened : "works";
}

function letGo(opened: MediaStream | string | null): void {
  if (opened === null || typeof opened === "string") return;
  for (const track of opened.getTracks()) track.stop();
}

interface SoakSeen {
  readonly pinged: Pinged;
  readonly lateMs: readonly number[];
  /** The page was in the background meanwhile. */
  readonly hidden: boolean;
  readonly media: Soaked;
}

async function soak(page: Window, here: Here, wish: LookWish, relayed: boolean): Promise<SoakSeen> {
  const media = relayed
    ? soakRelay({
        servers: turnUrls(here.servers.map(asRtcIceServer)),
        forMs: wish.soakMs,
        downBps: PICTURE_BPS,
        upBps: FACE_BPS,
        signal: wish.signal,
      }).catch((): Soaked => "closed")
    : Promise.resolve<Soaked>("closed");
  const timed = await pingAndTime(page, here, wish);
  return { ...timed, media: await media };
}

async function pingAndTime(page: Window, here: Here, wish: LookWish): Promise<Omit<SoakSeen, "media">> {
  const beganMs = performance.now();
  const pings = new PingSoak(beganMs);
  here.onPong((id) => pings.ponged(id, performance.now()));
  const lateMs: number[] = [];
  let hidden = false;
  let dueMs = beganMs;
  while (performance.now() - beganMs < wish.soakMs && !wish.signal.aborted) {
    const id = pings.due(performance.now());
    if (id !== null) here.pingBridge(id);
    dueMs = performance.now() + TIMER_MS;
    await pause(TIMER_MS);
    lateMs.push(performance.now() - dueMs);
    hidden ||= page.document.visibilityState === "hidden";
  }
  await pause(LAST_PONGS_MS);
  here.onPong(() => {});
  return { pinged: pings.seen(performance.now()), lateMs, hidden };
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
