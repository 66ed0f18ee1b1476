import { describe, expect, it } from "vitest";
import { standsOut } from "../../../src/media/tone";
import { showsUdp } from "../../../src/media/ways";
import { type Line, verdictOf } from "../../../src/session/preflight/line";
import {
  bridgeLine,
  cameraLine,
  cpuLine,
  microphoneLine,
  padLine,
  pageLine,
  speakerLine,
  udpLine,
} from "../../../src/session/preflight/rules-here";

const told = ({ health, seen }: Line) => `${health} ${seen}`;

describe("the verdict", () => {
  it("is that of the worst line", () => {
    const [green, amber, red] = (["green", "amber", "red"] as const).map((health) => ({ health }));

    expect(verdictOf([])).toBe("green");
    expect(verdictOf([green, amber, green] as Line[])).toBe("amber");
    expect(verdictOf([amber, red, green] as Line[])).toBe("red");
  });
});

describe("what is found on this device", () => {
  it("is red without TLS, and without the bridge", () => {
    expect(told(pageLine(true))).toBe("green secure");
    expect(told(pageLine(false))).toBe("red insecure");
    expect(told(bridgeLine(true))).toBe("green open");
    expect(told(bridgeLine(false))).toBe("red away");
  });

  it("names why a device does not open; without one the show goes on", () => {
    expect(told(cameraLine("works"))).toBe("green works");
    for (const trouble of ["insecure", "denied", "absent", "busy", "failed"] as const) {
      expect(told(cameraLine(trouble))).toBe(`amber ${trouble}`);
      expect(told(microphoneLine(trouble, null))).toBe(`amber ${trouble}`);
    }
    expect(told(cameraLine("lost"))).toBe("amber failed");
  });

  it("tells a microphone that hears from one that is mute", () => {
    expect(told(microphoneLine("works", -60))).toBe("green works");
    expect(microphoneLine("works", -23).figures).toEqual({ level_dbfs: -23 });
    expect(told(microphoneLine("works", -60.1))).toBe("amber silent");
    expect(told(microphoneLine("works", null))).toBe("green works");
  });

  it("knows whether the tone was heard, and does not say so where nobody could tell", () => {
    expect(told(speakerLine("heard"))).toBe("green heard");
    expect(told(speakerLine("unheard"))).toBe("amber unheard");
    expect(told(speakerLine("alone"))).toBe("amber alone");
    expect(told(speakerLine("unplayed"))).toBe("amber onAir");
    expect(told(speakerLine("failed"))).toBe("red failed");
  });

  it("takes late timers for a busy device, but not those of a page in the background", () => {
    const most = (lateMs: number) => [...Array<number>(95).fill(lateMs), ...Array<number>(5).fill(500)];

    expect(told(cpuLine(most(4.9), false))).toBe("green prompt");
    expect(told(cpuLine(most(5), false))).toBe("amber late");
    expect(told(cpuLine(most(19.9), false))).toBe("amber late");
    expect(told(cpuLine(most(20), false))).toBe("red tooLate");
    expect(told(cpuLine(most(20), true))).toBe("amber hidden");
    expect(told(cpuLine([], false))).toBe("amber ended");
    expect(cpuLine([-1, -2], false).figures).toEqual({ p95_ms: 0 });
  });

  it("does without a gamepad, and without trust in one of no standard kind", () => {
    expect(told(padLine({ kind: "absent" }))).toBe("green absent");
    expect(padLine({ kind: "ready", id: "Pad" })).toMatchObject({
      health: "green",
      seen: "ready",
      about: "Pad",
    });
    expect(padLine({ kind: "unusable", id: "Odd" })).toMatchObject({ health: "amber", about: "Odd" });
  });

  it("says where UDP was not even tried", () => {
    expect(told(udpLine(true, 1))).toBe("green works");
    expect(told(udpLine(false, 1))).toBe("amber blocked");
    expect(told(udpLine(null, 1))).toBe("amber unknown");
    expect(told(udpLine(false, 0))).toBe("amber none");
  });
});

describe("a candidate", () => {
  it("shows UDP where it was seen from outside, or relayed over UDP", () => {
    expect(showsUdp({ type: "srflx" })).toBe(true);
    expect(showsUdp({ type: "relay", relayProtocol: "udp" })).toBe(true);
    expect(showsUdp({ type: "relay", relayProtocol: "tls" })).toBe(false);
    expect(showsUdp({ type: "relay" })).toBe(false);
    expect(showsUdp({ type: "host" })).toBe(false);
  });
});

describe("the tone", () => {
  it("is heard where its pitch came up, and is not lost in noise", () => {
    expect(standsOut(-90, -40)).toBe(true);
    expect(standsOut(-90, -75)).toBe(false);
    expect(standsOut(-50, -40)).toBe(true);
    expect(standsOut(-49, -40)).toBe(false);
  });
});
