import { describe, expect, it } from "vitest";
import { type Floor, type Held, type Microphone, meantFor, Voice } from "../../src/media/voice";
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
  voice.confirmed.value = "hall";
  return { voice, given };
}

describe("a voice", () => {
  const on: Microphone = { kind: "on", muted: false };
  const muted: Microphone = { kind: "on", muted: true };

  it.each<[string, Microphone, Floor, Held, Held]>([
    ["an open microphone", on, "open", null, "hall"],
    ["a muted one", muted, "open", null, null],
    ["a muted one while talk is held", muted, "open", "hall", "hall"],
    ["an open one while talk backstage is held", on, "open", "backstage", "backstage"],
    ["an open one where it takes push-to-talk", on, "push", null, null],
    ["talk held where it takes push-to-talk", on, "push", "hall", "hall"],
    ["talk backstage held there", on, "push", "backstage", "backstage"],
    ["talk held by somebody who may not speak", on, "closed", "backstage", null],
    ["no microphone at all", { kind: "off" }, "open", "hall", null],
  ])("is for somebody or nobody: %s", (_name, microphone, floor, held, meant) => {
    expect(meantFor(microphone, floor, held)).toBe(meant);
  });

  it("goes nowhere before the robot has said that it knows for whom", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));
    await voice.turnOn();
    voice.talk("backstage"); // an open microphone was heard in the hall until now
    expect(given).toEqual([track, null]);

    voice.confirmed.value = "backstage";
    voice.talk(null);
    expect(given).toEqual([track, null, track, null]);
    voice.confirmed.value = "hall";
    expect(given.at(-1)).toBe(track);
  });

  it("reaches the call only while it is to be heard", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));

    await voice.turnOn();
    voice.toggleMute();
    voice.talk("hall");
    voice.talk(null);

    expect(given).toEqual([track, null, track, null]);
  });

  it("takes push-to-talk once somebody else drives, and none for whoever was muted", async () => {
    const track = new FakeTrack();
    const { voice, given } = desk(devicesWith(() => track));
    await voice.turnOn();

    voice.floor.value = "push";
    voice.talk("hall");
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

    voice.talk("hall");
    voice.toggleMute();

    expect(voice.held.value).toBeNull();
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
