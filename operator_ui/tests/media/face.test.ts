import { describe, expect, it } from "vitest";
import { Face } from "../../src/media/face";

class FakeTrack extends EventTarget {
  stopped = false;

  stop(): void {
    this.stopped = true;
  }
}

interface Studio {
  readonly face: Face;
  readonly track: FakeTrack;
  /** What the robot was given, oldest first. */
  readonly given: unknown[];
  /** Have the browser give the camera, or refuse it. */
  readonly settle: (fault?: string) => Promise<void>;
}

function studio(): Studio {
  const track = new FakeTrack();
  const given: unknown[] = [];
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] };
  const asked: { give: (stream: unknown) => void; refuse: (fault: Error) => void }[] = [];
  const devices = {
    getUserMedia: () => new Promise((give, refuse) => asked.push({ give, refuse })),
  };
  const settle = async (fault?: string) => {
    const { give, refuse } = asked.shift() ?? {};
    if (fault === undefined) give?.(stream);
    else refuse?.(Object.assign(new Error("no"), { name: fault }));
    await new Promise((done) => setTimeout(done));
  };
  const face = new Face({
    setFace: (next) => given.push(next),
    devices: devices as unknown as MediaDevices,
  });
  return { face, track, given, settle };
}

describe("the presenter's face", () => {
  it("is off, and the camera not asked for, until it is switched on", () => {
    const { face, given } = studio();

    expect(face.state.value).toEqual({ kind: "off", trouble: null });
    expect(given).toEqual([]);
  });

  it("goes to the robot when the camera is given", async () => {
    const { face, track, given, settle } = studio();
    void face.turnOn();
    expect(face.state.value.kind).toBe("opening");

    await settle();

    expect(face.state.value.kind).toBe("on");
    expect(given).toEqual([track]);
  });

  it("lets go of the camera when it is switched off", async () => {
    const { face, track, given, settle } = studio();
    void face.turnOn();
    await settle();
    face.turnOff();

    expect(face.state.value).toEqual({ kind: "off", trouble: null });
    expect(given).toEqual([track, null]);
    expect(track.stopped).toBe(true);
  });

  it("is not shown when it was switched off before the camera was given", async () => {
    const { face, track, given, settle } = studio();
    void face.turnOn();
    face.turnOff();
    await settle();

    expect(face.state.value).toEqual({ kind: "off", trouble: null });
    expect(given).toEqual([null]);
    expect(track.stopped).toBe(true);
  });

  it("says that the camera was lost", async () => {
    const { face, track, settle } = studio();
    void face.turnOn();
    await settle();
    track.dispatchEvent(new Event("ended"));

    expect(face.state.value).toEqual({ kind: "off", trouble: "lost" });
  });

  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "absent"],
    ["NotReadableError", "busy"],
    ["SomethingNew", "failed"],
  ] as const)("says why there is none: %s is %s", async (fault, trouble) => {
    const { face, settle } = studio();
    void face.turnOn();
    await settle(fault);

    expect(face.state.value).toEqual({ kind: "off", trouble });
  });

  it("says that a page without TLS gets no camera", async () => {
    const face = new Face({ setFace: () => {}, devices: undefined });
    await face.turnOn();

    expect(face.state.value).toEqual({ kind: "off", trouble: "insecure" });
  });
});
