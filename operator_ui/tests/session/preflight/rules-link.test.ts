import { describe, expect, it } from "vitest";
import { PACKET_BYTES, type Streamed } from "../../../src/media/relay-soak";
import type { Line } from "../../../src/session/preflight/line";
import { offsetOf } from "../../../src/session/preflight/preflight";
import { clockLine, mediaLine, socketLine, turnLines } from "../../../src/session/preflight/rules-link";
import { jitterOf, within } from "../../../src/session/preflight/stats";

const told = ({ health, seen }: Line) => `${health} ${seen}`;
const times = (count: number, rttMs: number) => Array<number>(count).fill(rttMs);

describe("the bridge's socket", () => {
  it("is good up to the robot's own limits", () => {
    expect(told(socketLine({ sent: 100, rttsMs: times(100, 250), longestGapMs: 400 }))).toBe("green quick");
    expect(told(socketLine({ sent: 100, rttsMs: times(100, 251), longestGapMs: 0 }))).toBe("amber slow");
    expect(told(socketLine({ sent: 100, rttsMs: times(100, 9), longestGapMs: 401 }))).toBe("amber slow");
    const fewSlow = [...times(95, 20), ...times(5, 900)];
    expect(told(socketLine({ sent: 100, rttsMs: fewSlow, longestGapMs: 0 }))).toBe("green quick");
  });

  it("breaks where pings stay unanswered, and is not there where all do", () => {
    expect(told(socketLine({ sent: 100, rttsMs: times(90, 9), longestGapMs: 0 }))).toBe("green quick");
    expect(told(socketLine({ sent: 100, rttsMs: times(89, 9), longestGapMs: 0 }))).toBe("amber lossy");
    expect(told(socketLine({ sent: 100, rttsMs: [], longestGapMs: 9_000 }))).toBe("red silent");
    expect(told(socketLine({ sent: 0, rttsMs: [], longestGapMs: 0 }))).toBe("amber ended");
  });

  it("tells round trip, jitter, loss and silence", () => {
    const { figures } = socketLine({ sent: 4, rttsMs: [10, 14, 12], longestGapMs: 60 });

    expect(figures).toEqual({ rtt_ms: 12, p95_ms: 14, jitter_ms: 3, loss: 0.25, gap_ms: 60 });
  });
});

describe("the clock", () => {
  it("is off only where it is so by more than the measurement can err", () => {
    expect(told(clockLine({ aheadMs: 2_099, errorMs: 100 }))).toBe("green right");
    expect(told(clockLine({ aheadMs: 2_100, errorMs: 100 }))).toBe("amber off");
    expect(told(clockLine({ aheadMs: -60_099, errorMs: 100 }))).toBe("amber off");
    expect(told(clockLine({ aheadMs: -60_100, errorMs: 100 }))).toBe("red wrong");
    expect(told(clockLine(null))).toBe("amber unknown");
  });

  it("is compared with what the bridge's says by now", () => {
    const clock = { unixMs: 1_000_000, atMs: 500, errorMs: 20 };

    expect(offsetOf(clock, 1_500, 1_001_000)).toEqual({ aheadMs: 0, errorMs: 20 });
    expect(offsetOf(clock, 1_500, 1_004_000)).toEqual({ aheadMs: 3_000, errorMs: 20 });
    expect(offsetOf(null, 0, 0)).toBeNull();
  });
});

describe("the ways to a relay", () => {
  const udp = { url: "turn:a", answer: "works", tookMs: 40 } as const;
  const tls = { url: "turns:a", answer: "blocked", tookMs: null } as const;
  const bad = { url: "turn:b", answer: "refused", tookMs: null } as const;

  it("are told each by itself", () => {
    const lines = turnLines([udp, tls, bad], false);

    expect(lines.map(told)).toEqual(["green works", "amber blocked", "amber refused"]);
    expect(lines.map((each) => each.about)).toEqual(["turn:a", "turns:a", "turn:b"]);
    expect(lines[0]?.figures).toEqual({ took_ms: 40 });
  });

  it("are red only where none is left and UDP does not get out", () => {
    expect(turnLines([tls, bad], false).map(told)).toEqual(["red blocked", "red refused"]);
    expect(turnLines([tls], true).map(told)).toEqual(["amber blocked"]);
    expect(turnLines([], false).map(told)).toEqual(["amber none"]);
    expect(turnLines(null, true).map(told)).toEqual(["amber unknown"]);
  });
});

describe("the media road", () => {
  const PACKETS = 1_000;
  const WANTED_BPS = (PACKETS * PACKET_BYTES * 8) / 10;
  const stream = (part: Partial<Streamed> = {}): Streamed => ({
    sent: PACKETS,
    rttsMs: times(PACKETS, 30),
    seconds: 10,
    wantedBps: WANTED_BPS,
    ...part,
  });
  const judged = (down: Partial<Streamed>, up: Partial<Streamed> = {}) =>
    told(mediaLine({ down: stream(down), up: stream(up) }));

  it("is good with the robot's limits kept, and tells its figures", () => {
    expect(judged({})).toBe("green good");
    expect(mediaLine({ down: stream(), up: stream() }).figures).toEqual({
      down_bps: WANTED_BPS,
      up_bps: WANTED_BPS,
      loss: 0,
      rtt_ms: 30,
      p95_ms: 30,
      jitter_ms: 0,
    });
  });

  it("is less good with loss, jitter, too little room or a long way", () => {
    expect(judged({ rttsMs: times(980, 30) })).toBe("green good");
    expect(judged({ rttsMs: times(979, 30) })).toBe("amber lossy");
    expect(judged({}, { rttsMs: times(979, 30) })).toBe("amber lossy");
    expect(judged({ rttsMs: times(PACKETS, 0).map((_, index) => (index % 2) * 16) })).toBe("amber lossy");
    expect(judged({ sent: 949, rttsMs: times(949, 30) })).toBe("amber narrow");
    expect(judged({ sent: 950, rttsMs: times(950, 30) })).toBe("green good");
    expect(judged({}, { sent: 949, rttsMs: times(949, 30) })).toBe("amber narrow");
    expect(judged({ rttsMs: times(PACKETS, 81) })).toBe("amber far");
  });

  it("carries no show beyond the second limits", () => {
    expect(judged({ rttsMs: times(900, 30) })).toBe("amber lossy");
    expect(judged({ rttsMs: times(899, 30) })).toBe("red unusable");
    expect(judged({ rttsMs: times(PACKETS, 501) })).toBe("red unusable");
    expect(judged({ rttsMs: [] }, { rttsMs: [] })).toBe("red unusable");
  });

  it("is not measured without a TURN server, without two relays that meet, or when it was ended", () => {
    expect(told(mediaLine(null))).toBe("amber none");
    expect(told(mediaLine("closed"))).toBe("amber closed");
    expect(told(mediaLine("ended"))).toBe("amber ended");
  });
});

describe("many measurements", () => {
  it("have a value that a share of them keeps", () => {
    expect(within(0.5, [3, 1, 2])).toBe(2);
    expect(within(0.95, [1, 2])).toBe(2);
    expect(within(0.5, [])).toBe(Number.POSITIVE_INFINITY);
  });

  it("differ from one to the next", () => {
    expect(jitterOf([5])).toBe(0);
    expect(jitterOf([10, 14, 12])).toBe(3);
  });
});
