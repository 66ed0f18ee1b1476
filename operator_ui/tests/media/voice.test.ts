import { describe, expect, it } from "vitest";
import { type Floor, type Microphone, speaks, Voice } from "../../src/media/voice";
import { dbfsOf, FLOOR_DBFS, fillOf, loudestDbfs, loudnessOf } from "../../src/media/voice-level";
import { type MicTrouble, openMicrophone } from "../../src/media/voice-microphone";

class FakeTrack {
  onended: (() => void) | null = null;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

function devicesWith(answer: () => FakeTrack | undefined): MediaDevices {
  const getUserMedia = async () => {
    const tracks = [answer()].filter(Boolean); // a browser that refuses does so here
    return { getAudioTracks: () => tracks };
  };
  return { getUserMedia } as unknown as MediaDevices;
}

function refusing(name: string): MediaDevices {
  return devicesWith(() => {
    throw new DOMException("no", name);
  });
}

function desk(devices: MediaDevices | undefined, floor: Floor = "open") {
  const given: (FakeTrack | null)[] = [];
  const voice = new Voice({
    devices,
    setMicrophone: (track) => given.push(track as unknown as FakeTrack | null),
  });
  voice.floor.value = floor;
  return { voice, given };
}

describe("a voice", () => {
  const on: Microphone = { kind: "on", muted: false };
  const muted: Microphone = { kind: "on", muted: true };

  it.each<[string, Microphone, Floor, boolean, boolean]>([
    ["an open microphone", on, "open", false, true],
    ["a muted one", muted, "open", false, false],
    ["a muted one while talk is held", muted, "open", true, true],
    ["an open one where it takes push-to-talk", on, "push", false, false],
    ["talk held where it takes push-to-talk", on, "push", true, true],
    ["talk held by somebody who may not speak", on, "closed", true, false],
    ["no microphone at all", { kind: "off" }, "open", true, false],
  ])("is heard or not: %s", (_name, microphone, floor, talking, heard) => {
    expect(speaks(microphone, floor, talking)).toBe(heard);
  });

  it("reaches the call only while it is to be heard", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));

    await voice.turnOn();
    voice.toggleMute();
    voice.talk(true);
    voice.talk(false);

    expect(given).toEqual([track, null, track, null]);
  });

  it("takes push-to-talk once somebody else drives, and none for whoever was muted", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));
    await voice.turnOn();

    voice.floor.value = "push";
    voice.talk(true);
    voice.floor.value = "closed";

    expect(given).toEqual([track, null, track, null]);
  });

  it("ends when the microphone is turned off, and lets it go", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));
    await voice.turnOn();

    voice.turnOff();

    expect(track.stopped).toBe(true);
    expect(given).toEqual([track, null]);
    expect(voice.microphone.value).toEqual({ kind: "off" });
    expect(voice.ownDbfs).toBeNull();
  });

  it("is lost with a microphone that is unplugged, and says so", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));
    await voice.turnOn();

    track.onended?.();

    expect(given.at(-1)).toBeNull();
    expect(voice.microphone.value).toEqual({ kind: "failed", why: "lost" });
  });

  it("cannot be talked into without a microphone", () => {
    const { voice, given } = desk(undefined);

    voice.talk(true);
    voice.toggleMute();

    expect(voice.talking.value).toBe(false);
    expect(given).toEqual([]);
  });
});

describe("a microphone that does not open", () => {
  it.each<[string, MediaDevices | undefined, MicTrouble]>([
    ["a page without TLS", undefined, "insecure"],
    ["nobody allowed it", refusing("NotAllowedError"), "denied"],
    ["there is none", refusing("NotFoundError"), "absent"],
    ["another program has it", refusing("NotReadableError"), "busy"],
    ["anything else", refusing("TypeError"), "failed"],
    ["a stream without sound", devicesWith(() => undefined), "absent"],
  ])("says why: %s", async (_name, devices, why) => {
    expect(await openMicrophone(devices)).toBe(why);

    const { voice } = desk(devices);
    await voice.turnOn();
    expect(voice.microphone.value).toEqual({ kind: "failed", why });
  });
});

describe("a level", () => {
  it("is 0 for a sine at full scale and has a floor", () => {
    const sine = Float32Array.from({ length: 4800 }, (_, at) => Math.sin((2 * Math.PI * at) / 48));

    expect(dbfsOf(sine)).toBeCloseTo(0, 1);
    expect(dbfsOf(sine.map((each) => each / 10))).toBeCloseTo(-20, 1);
    expect(dbfsOf(new Float32Array(64))).toBe(FLOOR_DBFS);
  });

  it("is that of the loudest block, so that a short word between two looks counts", () => {
    const samples = new Float32Array(400);
    samples.fill(0.5, 100, 200);
    expect(loudestDbfs(samples, 100)).toBe(dbfsOf(samples.subarray(100, 200)));
    expect(loudestDbfs(new Float32Array(400), 100)).toBe(FLOOR_DBFS);
  });

  it("has a word and fills a meter", () => {
    expect([-80, -50, -20, -3].map(loudnessOf)).toEqual(["silent", "quiet", "good", "loud"]);
    expect([-90, -60, -30, 0, 5].map(fillOf)).toEqual([0, 0, 0.5, 1, 1]);
  });
});
