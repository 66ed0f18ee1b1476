import { expect, it } from "vitest";
import { PACKET_BYTES, Stream } from "../../src/media/relay-soak";
import { turnUrls } from "../../src/media/relays";

const HUNDRED_A_SECOND = PACKET_BYTES * 8 * 100;

it("a stream keeps its rate, however late it is asked", () => {
  const stream = new Stream(HUNDRED_A_SECOND);

  expect([0, 5, 10, 100, 100].map((passedMs) => stream.due(passedMs))).toEqual([1, 0, 1, 9, 0]);
});

it("a stream knows its packets by number, and counts a copy once", () => {
  const stream = new Stream(HUNDRED_A_SECOND);
  const [first, second] = [stream.packet(1_000), stream.packet(1_010)];

  stream.take(second, 1_050);
  stream.take(first, 1_060);
  stream.take(first, 1_090);

  expect(stream.seen(2)).toEqual({ sent: 2, rttsMs: [40, 60], seconds: 2, wantedBps: HUNDRED_A_SECOND });
});

it("a stream takes nothing that it did not send", () => {
  const stream = new Stream(HUNDRED_A_SECOND);
  const other = new Stream(HUNDRED_A_SECOND);
  other.packet(0);

  stream.take(other.packet(0), 5);
  stream.take("text", 5);
  stream.take(new ArrayBuffer(4), 5);

  expect(stream.seen(1).rttsMs).toEqual([]);
});

it("each way to a TURN server is asked by itself, with its server's credential; STUN is none", () => {
  const servers = [
    { urls: "stun:a" },
    { urls: ["turn:a", "turns:a?transport=tcp"], username: "u", credential: "c" },
    { urls: Array.from({ length: 9 }, (_, index) => `turn:b${index}`) },
  ];

  const asked = turnUrls(servers);

  expect(asked.slice(0, 2)).toEqual([
    { urls: "turn:a", username: "u", credential: "c" },
    { urls: "turns:a?transport=tcp", username: "u", credential: "c" },
  ]);
  expect(asked).toHaveLength(8);
});
