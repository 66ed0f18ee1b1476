import { describe, expect, it } from "vitest";
import { type Hand, NEUTRAL } from "../../src/drive/hand";
import { CommandStream, type Lease } from "../../src/drive/stream";
import type { Drive, LeaseRenew } from "../../src/wire/messages.gen";
import { PROFILE } from "../builders";

const LEASE: Lease = { epoch: "e1", fence: 4 };
const ECHO = { beacon: 77, picture: 90_000 };
const FORWARD: Hand = { ...NEUTRAL, source: "keys", deadMan: true, forward: 1 };

function run(
  stream: CommandStream,
  fromMs: number,
  turns: number,
  hand: Hand,
  lease: Lease | null = LEASE,
): { atMs: number; message: Drive | LeaseRenew }[] {
  return Array.from({ length: turns }, (_, turn) => fromMs + 20 * turn).flatMap((atMs) =>
    stream.step(atMs, lease, hand, "fast", PROFILE, ECHO).map((message) => ({ atMs, message })),
  );
}

const drives = (sent: { atMs: number; message: Drive | LeaseRenew }[]) =>
  sent.flatMap(({ atMs, message }) => (message.type === "drive" ? [{ atMs, message }] : []));

describe("the command stream", () => {
  it("says nothing without a lease, a profile or a beacon", () => {
    const stream = new CommandStream(0);

    expect(stream.step(0, null, FORWARD, "fast", PROFILE, ECHO)).toEqual([]);
    expect(stream.step(20, LEASE, FORWARD, "fast", null, ECHO)).toEqual([]);
    expect(stream.step(40, LEASE, FORWARD, "fast", PROFILE, null)).toEqual([]);
  });

  it("speaks at every turn while the hand holds on, and echoes what was seen", () => {
    const sent = drives(run(new CommandStream(100), 0, 50, FORWARD));

    expect(sent).toHaveLength(50);
    expect(sent[0]?.message).toEqual({
      type: "drive",
      ...LEASE,
      seq: 102,
      dead_man: true,
      vx_mps: 0.6,
      vy_mps: 0,
      wz_radps: 0,
      ...ECHO,
    });
  });

  it("says neutral three times at once on letting go, then ten times a second", () => {
    const stream = new CommandStream(0);
    run(stream, 0, 10, FORWARD);
    const sent = drives(run(stream, 200, 30, NEUTRAL));

    expect(sent.map(({ atMs }) => atMs)).toEqual([200, 220, 240, 340, 440, 540, 640, 740]);
    expect(sent.every(({ message }) => !message.dead_man && message.vx_mps === 0)).toBe(true);
  });

  it("begins a lease with neutral, so that the robot can arm", () => {
    const sent = drives(run(new CommandStream(0), 0, 16, NEUTRAL));

    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300]);
  });

  it("renews the lease twice a second", () => {
    const renewals = run(new CommandStream(0), 0, 101, NEUTRAL).filter(
      ({ message }) => message.type === "lease_renew",
    );

    expect(renewals.map(({ atMs }) => atMs)).toEqual([0, 500, 1000, 1500, 2000]);
  });

  it("never repeats a number, whatever is sent", () => {
    const stream = new CommandStream(0);
    const seqs = [...run(stream, 0, 60, FORWARD), ...run(stream, 1_200, 60, NEUTRAL)].map(
      ({ message }) => message.seq,
    );

    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });

  it("falls silent with the lease, and speaks under the new fence at once", () => {
    const stream = new CommandStream(0);
    run(stream, 0, 5, FORWARD);

    expect(run(stream, 100, 5, NEUTRAL, null)).toEqual([]);
    const [first] = drives(run(stream, 200, 1, NEUTRAL, { epoch: "e1", fence: 6 }));
    expect(first?.message).toMatchObject({ fence: 6, dead_man: false });
  });
});
