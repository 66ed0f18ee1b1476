import { describe, expect, it } from "vitest";
import { Arrivals, tellsOfPackets } from "../../src/media/arrivals";
import type { PictureArrivals } from "../../src/wire/messages.gen";

function taking(sent: PictureArrivals[]): (message: PictureArrivals) => boolean {
  return (message) => sent.push(message) > 0;
}

describe("what the robot is told of the pictures' arrivals", () => {
  it("goes 20 times a second and holds all that came in between", () => {
    const arrivals = new Arrivals();
    const sent: PictureArrivals[] = [];
    for (const atMs of [0, 33, 49, 50, 83, 116]) arrivals.note(atMs * 90, atMs + 0.5, atMs, taking(sent));

    expect(sent).toEqual([
      { type: "picture_arrivals", rtp_times: [0], at_ms: [0.5] },
      { type: "picture_arrivals", rtp_times: [33 * 90, 49 * 90, 50 * 90], at_ms: [33.5, 49.5, 50.5] },
      { type: "picture_arrivals", rtp_times: [83 * 90, 116 * 90], at_ms: [83.5, 116.5] },
    ]);
  });

  it("waits while the road is not free, the newest 32", () => {
    const arrivals = new Arrivals();
    const sent: PictureArrivals[] = [];
    for (let turn = 0; turn < 40; turn += 1) arrivals.note(turn, turn, turn * 100, () => false);
    arrivals.note(40, 40, 4_000, taking(sent));

    expect(sent[0]?.rtp_times).toEqual(Array.from({ length: 32 }, (_, index) => index + 9));
  });

  it("is needed only where the browser does not tell of packets", () => {
    const uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    expect(tellsOfPackets(`v=0\r\na=extmap:4 ${uri}\r\n`)).toBe(true);
    expect(
      tellsOfPackets("v=0\r\na=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"),
    ).toBe(false);
  });
});
