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

  it("measures the round trip, once for each ping", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    pings.ping(1_000, taking(sent));
    const pong = { type: "pong", id: sent[0]?.id ?? "" } as const;

    expect(pings.ponged(pong, 1_031)).toBe(31);
    expect(pings.ponged(pong, 1_040)).toBeNull();
  });

  it("forgets what is not answered for long", () => {
    const pings = new Pings();
    const sent: Ping[] = [];
    for (let turn = 0; turn < 20; turn += 1) pings.ping(turn * 1_000, taking(sent));

    expect(pings.ponged({ type: "pong", id: "direct-1" }, 20_000)).toBeNull();
    expect(pings.ponged({ type: "pong", id: "direct-20" }, 20_000)).toBe(1_000);
  });
});
