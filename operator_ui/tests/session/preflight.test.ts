import { describe, expect, it } from "vitest";
import { waysOf } from "../../src/media/ways";
import { type Facts, linesOf, verdictOf } from "../../src/session/preflight";

const GOOD: Facts = {
  bridgeOpen: true,
  rttMs: 34,
  devices: { camera: true, microphone: true },
  servers: 1,
  ways: { udp: true, relay: true, over: ["udp", "tls"] },
};

function seen(part: Partial<Facts>): Record<string, string> {
  return Object.fromEntries(
    linesOf({ ...GOOD, ...part }).map((each) => [each.check, `${each.health} ${each.seen}`]),
  );
}

describe("the check before the show", () => {
  it("is green where all is well, and says the figures", () => {
    const lines = linesOf(GOOD);

    expect(verdictOf(lines)).toBe("green");
    expect(lines.find((each) => each.check === "rtt")?.figure).toBe(34);
    expect(lines.find((each) => each.check === "relay")?.over).toEqual(["udp", "tls"]);
  });

  it("is red without the bridge", () => {
    expect(seen({ bridgeOpen: false })).toMatchObject({ bridge: "red away" });
    expect(verdictOf(linesOf({ ...GOOD, bridgeOpen: false }))).toBe("red");
  });

  it("is amber over a long way, without devices, and without a server", () => {
    expect(seen({ rttMs: 150 })).toMatchObject({ rtt: "green quick" });
    expect(seen({ rttMs: 151 })).toMatchObject({ rtt: "amber slow" });
    expect(seen({ rttMs: null })).toMatchObject({ rtt: "amber unknown" });
    expect(seen({ devices: { camera: false, microphone: true } })).toMatchObject({
      camera: "amber absent",
      microphone: "green found",
    });
    expect(seen({ devices: null })).toMatchObject({ camera: "amber insecure" });
    expect(seen({ servers: 0, ways: { udp: false, relay: false, over: [] } })).toMatchObject({
      udp: "amber none",
      relay: "amber none",
    });
  });

  it("is red only where neither UDP nor a relay gets out", () => {
    expect(seen({ ways: { udp: false, relay: true, over: ["tls"] } })).toMatchObject({
      udp: "amber blocked",
      relay: "green works",
    });
    expect(seen({ ways: { udp: true, relay: false, over: [] } })).toMatchObject({ relay: "amber blocked" });
    expect(seen({ ways: { udp: false, relay: false, over: [] } })).toMatchObject({ relay: "red blocked" });
    expect(seen({ ways: null })).toMatchObject({ udp: "amber unknown", relay: "amber unknown" });
  });
});

describe("the ways out", () => {
  it("are read from the candidates that were gathered", () => {
    expect(waysOf([])).toEqual({ udp: false, relay: false, over: [] });
    expect(waysOf([{ type: "host" }])).toEqual({ udp: false, relay: false, over: [] });
    expect(waysOf([{ type: "srflx" }])).toEqual({ udp: true, relay: false, over: [] });
    expect(
      waysOf([
        { type: "relay", relayProtocol: "tcp" },
        { type: "relay", relayProtocol: "tls" },
        { type: "relay", relayProtocol: "tcp" },
      ]),
    ).toEqual({ udp: false, relay: true, over: ["tcp", "tls"] });
    expect(waysOf([{ type: "relay", relayProtocol: "udp" }]).udp).toBe(true);
    expect(waysOf([{ type: "relay" }])).toEqual({ udp: false, relay: true, over: [] });
  });
});
