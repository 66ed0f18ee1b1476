import { describe, expect, it } from "vitest";
import { Pings } from "../../src/media/pings";
import type { Ping } from "../../src/wire/messages.gen";

function taking(sent: Ping[]): (ping: Ping) => boolean {
  return (ping) => sent.push(ping) > 0;
}

describe("the heartbeat over the direct road", () => {
  it("is sent every 200 ms, however often it is asked for", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    for (const nowMs of [0, 100, 199, 200, 399, 450]) pings.ping(nowMs, taking(sent));

    expect(sent.map((each) => each.id)).toEqual(["direct-1", "direct-2", "direct-3"]);
  });

  it("is tried again at once when the road was not free", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    pings.ping(0, () => false);
    pings.ping(20, taking(sent));

    expect(sent).toHaveLength(1);
  });

  it("tells the robot's clock by the quickest answer, which errs by half its round trip at most", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    expect(pings.offset(0)).toBeNull();
    for (const [atMs, rttMs, clockMs] of [
      [1_000, 60, 6_050],
      [1_200, 20, 6_212],
      [1_400, 90, 6_480],
    ] as const) {
      pings.ping(atMs, taking(sent));
      pings.ponged({ type: "pong", id: sent.at(-1)?.id ?? "", clock_us: clockMs * 1000 }, atMs + rttMs);
    }

    expect(pings.offset(1_500)).toEqual({ offsetMs: 5_002, errorMs: 10 });
    expect(pings.offset(11_450)).toEqual({ offsetMs: 5_035, errorMs: 45 });
    expect(pings.offset(12_000)).toBeNull();
  });

  it("counts each answer once, and none to a ping that is forgotten", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    for (let turn = 0; turn < 20; turn += 1) pings.ping(turn * 1_000, taking(sent));
    pings.ponged({ type: "pong", id: "direct-1", clock_us: 0 }, 19_001);
    expect(pings.offset(19_001)).toBeNull();

    pings.ponged({ type: "pong", id: "direct-20", clock_us: 24_010_000 }, 19_020);
    pings.ponged({ type: "pong", id: "direct-20", clock_us: 99_000_000 }, 19_021);
    expect(pings.offset(19_100)).toEqual({ offsetMs: 5_000, errorMs: 10 });
  });

  it("knows nothing of the clock of a robot that does not tell", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    pings.ping(0, taking(sent));
    pings.ponged({ type: "pong", id: "direct-1" }, 10);

    expect(pings.offset(10)).toBeNull();
  });

  it("forgets it all with a new call", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    pings.ping(0, taking(sent));
    pings.ponged({ type: "pong", id: "direct-1", clock_us: 1 }, 10);
    pings.restart();

    expect(pings.offset(10)).toBeNull();
  });
});
