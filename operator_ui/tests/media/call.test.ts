import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Call } from "../../src/media/call";
import type { RtcCandidate, RtcClose, RtcOffer } from "../../src/wire/messages.gen";
import { FakeStream } from "./fake-stream";

class FakeSender {
  track: unknown = null;

  async replaceTrack(track: unknown): Promise<void> {
    this.track = track;
  }
}

class FakeSection {
  readonly sender = new FakeSender();
  readonly receiver = { getSynchronizationSources: () => [] };
  currentDirection: string | null = null;

  constructor(readonly kind: string) {}

  setCodecPreferences(): void {}
}

class FakeRoad {
  readyState = "open";
  bufferedAmount = 0;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  send(frame: string): void {
    this.sent.push(frame);
  }

  close(): void {
    this.readyState = "closed";
  }
}

class FakeConnection {
  static made: FakeConnection[] = [];
  readonly road = new FakeRoad();
  readonly sections: FakeSection[] = [];
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  ontrack: ((event: { track: unknown; transceiver: FakeSection }) => void) | null = null;
  closed = false;

  constructor() {
    FakeConnection.made.push(this);
  }

  createDataChannel(): FakeRoad {
    return this.road;
  }

  addTransceiver(kind: string): FakeSection {
    const section = new FakeSection(kind);
    this.sections.push(section);
    return section;
  }

  async setLocalDescription(): Promise<void> {
    this.localDescription = { sdp: `offer ${FakeConnection.made.length}` };
  }

  async setRemoteDescription(): Promise<void> {
    for (const section of this.sections) section.currentDirection = "sendonly";
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  close(): void {
    this.closed = true;
  }

  /** The answer is taken: the picture's track is there, though not yet a frame. */
  bringPicture(): void {
    const [transceiver] = this.sections;
    if (transceiver !== undefined) this.ontrack?.({ track: this, transceiver });
  }
}

let nowMs: number;
let signalled: (RtcOffer | RtcCandidate | RtcClose)[];
let faceTaken: (boolean | null)[];
let roads: boolean[];
let frames: unknown[];
let calls: number[];

function newCall(): Call {
  return new Call({
    clock: () => nowMs,
    newId: () => `call-${signalled.length + 1}`,
    signal: (message) => signalled.push(message) > 0,
    onFrame: (frame) => frames.push(frame),
    onCall: () => calls.push(calls.length),
    onPicture: () => {},
    onSound: () => {},
    onFaceTaken: (face) => faceTaken.push(face),
    onRoad: (open) => roads.push(open),
    onRates: () => {},
  });
}

function newest(): FakeConnection {
  const connection = FakeConnection.made.at(-1);
  if (connection === undefined) throw new Error("expected a call");
  return connection;
}

const PRESENTER = { face: true, media: "all" as const };
const settled = () => new Promise((done) => setTimeout(done));

/** A call that the robot has answered, and over which it was heard at 1 s. */
async function running(): Promise<Call> {
  const call = newCall();
  call.tend({ open: true, heardMs: 0 }, [], PRESENTER);
  await settled();
  await call.answer({ type: "rtc_answer", id: signalled[0]?.id ?? "", sdp: "answer" });
  nowMs = 1_000;
  newest().road.onmessage?.({ data: "{}" });
  return call;
}

/** Look after the call four times a second until `untilMs`, with a bridge that was last heard so. */
function tendUntil(call: Call, untilMs: number, bridgeHeardMs: (nowMs: number) => number): void {
  while (nowMs < untilMs) {
    nowMs += 250;
    call.tend({ open: true, heardMs: bridgeHeardMs(nowMs) }, [], PRESENTER);
  }
}

beforeEach(() => {
  nowMs = 0;
  signalled = [];
  faceTaken = [];
  roads = [];
  frames = [];
  calls = [];
  FakeConnection.made = [];
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => null });
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
});

afterEach(() => vi.unstubAllGlobals());

describe("the call", () => {
  it("is made as soon as the robot can be reached, and not before", async () => {
    const call = newCall();
    call.tend({ open: false, heardMs: 0 }, [], PRESENTER);
    expect(FakeConnection.made).toHaveLength(0);
    expect(calls).toHaveLength(0);

    call.tend({ open: true, heardMs: 0 }, [], PRESENTER);
    await settled();
    expect(calls).toHaveLength(1);

    expect(signalled).toEqual([{ type: "rtc_offer", id: "call-1", sdp: "offer 1" }]);
  });

  it("sends all frames of one task, and leaves out state while an older frame waits", async () => {
    const call = await running();
    const { road } = newest();
    road.sent.length = 0;

    expect(call.send("renewal", "state")).toBe(true);
    road.bufferedAmount = 7;
    expect(call.send("command", "state")).toBe(true);
    await settled();
    expect(call.send("late command", "state")).toBe(false);
    expect(call.send("stop", "event")).toBe(true);
    expect(call.send("late command", "state")).toBe(false);
    road.bufferedAmount = 0;
    expect(call.send("next command", "state")).toBe(true);

    expect(road.sent).toEqual(["renewal", "command", "stop", "next command"]);
  });

  it("pings over the direct road, by which each end knows that the other lives", async () => {
    const call = await running();
    tendUntil(call, 1_500, () => nowMs);

    expect(newest().road.sent.map((each) => JSON.parse(each).type)).toEqual(["ping", "ping"]);
  });

  it("is lost when nothing is heard, and made anew at once when the bridge is proven to be there", async () => {
    const call = await running();
    tendUntil(call, 1_750, () => nowMs);
    expect(call.isLost).toBe(true);
    expect(FakeConnection.made).toHaveLength(1);

    tendUntil(call, 2_000, () => nowMs);

    expect(FakeConnection.made).toHaveLength(2);
    expect(FakeConnection.made[0]?.closed).toBe(true);
  });

  it("is kept while the bridge is as silent, and well again when the robot is heard", async () => {
    const call = await running();
    tendUntil(call, 9_000, () => 1_000);
    expect(call.isLost).toBe(true);

    newest().road.onmessage?.({ data: "{}" });
    tendUntil(call, 9_250, () => 1_000);

    expect(call.isLost).toBe(false);
    expect(FakeConnection.made).toHaveLength(1);
  });

  it("carries microphone and face over into the next call, without a new negotiation", async () => {
    const call = await running();
    const [microphone, face] = [{}, {}] as unknown as [MediaStreamTrack, MediaStreamTrack];
    call.setMicrophone(microphone);
    call.setFace(face);
    expect(newest().sections.map((each) => each.sender.track)).toEqual([null, microphone, face]);
    expect(signalled).toHaveLength(1);

    tendUntil(call, 2_000, () => nowMs);
    expect(newest().sections.map((each) => each.sender.track)).toEqual([null, microphone, face]);

    call.setFace(null);
    expect(newest().sections.map((each) => each.sender.track)).toEqual([null, microphone, null]);
  });

  it("says whether the robot shows a face, and nothing of it once it is over", async () => {
    const call = await running();
    expect(faceTaken).toEqual([true]);

    call.close();

    expect(faceTaken).toEqual([true, null]);
    expect(signalled.at(-1)).toEqual({ type: "rtc_close", id: "call-1" });
  });
});

describe("a call that is over, whose last picture is still on the screen", () => {
  /** It showed a picture at 1 s, was lost, and has been made anew at 2 s. */
  async function over(): Promise<{ call: Call; old: FakeConnection }> {
    const call = await running();
    const old = newest();
    old.bringPicture();
    call.frames.mark(90_000);
    tendUntil(call, 2_000, () => nowMs);
    expect(FakeConnection.made).toHaveLength(2);
    return { call, old };
  }

  it("stays open until the next one's picture takes its place", async () => {
    const { call, old } = await over();
    expect(old.closed).toBe(false);
    expect(call.stream.getTracks()).toEqual([old]);

    newest().bringPicture();

    expect(old.closed).toBe(true);
    expect(call.stream.getTracks()).toEqual([newest()]);
  });

  it("is no road: nothing is sent over it, nothing is heard of it", async () => {
    const { call, old } = await over();
    const [sent, heard] = [old.road.sent.length, frames.length];
    newest().road.readyState = "connecting";

    expect(call.send("{}", "event")).toBe(false);
    old.road.onmessage?.({ data: "{}" });
    old.road.onopen?.();

    expect([old.road.sent.length, frames.length]).toEqual([sent, heard]);
    expect(old.road.readyState).toBe("closed");
    expect(roads).toEqual([false]);
  });

  it("carries neither microphone nor face, whatever is switched on later", async () => {
    const call = await running();
    const old = newest();
    old.bringPicture();
    const [microphone, face] = [{}, {}] as unknown as [MediaStreamTrack, MediaStreamTrack];
    call.setMicrophone(microphone);
    call.setFace(face);

    tendUntil(call, 2_000, () => nowMs);
    call.setMicrophone(null);
    call.setMicrophone(microphone);

    expect(old.sections.map((each) => each.sender.track)).toEqual([null, null, null]);
  });

  it("closes with the page", async () => {
    const { call, old } = await over();

    call.close();

    expect(FakeConnection.made.map((each) => each.closed)).toEqual([true, true]);
    expect(old.closed).toBe(true);
  });

  it("brings no picture of the next call, though it comes to life again", async () => {
    const { call } = await over();
    expect(call.trouble).toBe("lost");
    call.frames.mark(93_000);
    tendUntil(call, 2_250, () => nowMs);
    expect(call.trouble).toBe("calling");

    newest().bringPicture();
    tendUntil(call, 2_500, () => nowMs);
    expect(call.trouble).toBe("calling");
    call.frames.mark(96_000);
    tendUntil(call, 2_750, () => nowMs);

    expect(call.trouble).toBeNull();
  });
});
