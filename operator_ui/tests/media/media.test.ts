import { describe, expect, it } from "vitest";
import { FrameClock } from "../../src/media/frame-clock";
import { pictureAt } from "../../src/media/picture";
import { countersOf, ratesBetween } from "../../src/media/rates";

describe("the picture", () => {
  it("is not there before the first one was shown", () => {
    expect(pictureAt(1_000, null, "no_answer")).toEqual({ kind: "none", why: "no_answer" });
  });

  it("is fresh up to half a second, and stale from then on", () => {
    expect(pictureAt(1_500, 1_000, null)).toEqual({ kind: "fresh" });
    expect(pictureAt(1_501, 1_000, "frozen")).toEqual({ kind: "stale", ageMs: 501, why: "frozen" });
  });
});

describe("the frame clock", () => {
  it("knows the RTP time of the newest picture shown", () => {
    const frames = new FrameClock(
      () => 40,
      () => null,
    );
    frames.mark(4_294_967_295);

    expect(frames.shown).toEqual({ rtpTime: 4_294_967_295, atMs: 40 });
  });

  it("asks the receiver where the browser leaves the RTP time out", () => {
    const frames = new FrameClock(
      () => 40,
      () => 90_000,
    );
    frames.mark(undefined);

    expect(frames.shown?.rtpTime).toBe(90_000);
  });

  it("passes over a frame that the browser painted itself: the last picture only gets older", () => {
    let nowMs = 40;
    const frames = new FrameClock(
      () => nowMs,
      () => null,
    );
    const picture = frames.mark(90_000);
    nowMs = 1_200;

    expect(frames.mark(undefined)).toBeNull();
    expect(frames.shown).toBe(picture);

    expect(frames.mark(93_000)).toEqual({ rtpTime: 93_000, atMs: 1_200 });
  });

  it("counts every frame of a browser that never tells RTP times", () => {
    const frames = new FrameClock(
      () => 40,
      () => null,
    );

    expect(frames.mark(undefined)).toEqual({ rtpTime: null, atMs: 40 });
  });

  it("forgets the RTP time with a new call, though the last picture still stands on the screen", () => {
    const frames = new FrameClock(
      () => 40,
      () => null,
    );
    frames.mark(90_000);
    frames.restart();

    expect(frames.shown).toEqual({ rtpTime: null, atMs: 40 });
  });
});

describe("the rates", () => {
  const report = (bytesReceived: number, framesDecoded: number) => [
    { type: "inbound-rtp", kind: "audio", bytesReceived: 7, framesDecoded: 0 },
    { type: "inbound-rtp", kind: "video", bytesReceived, framesDecoded },
    { type: "candidate-pair", nominated: false, state: "succeeded", currentRoundTripTime: 9 },
    { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.031 },
  ];

  it("are differences over time", () => {
    const rates = ratesBetween(countersOf(report(1_000, 10), 0), countersOf(report(176_000, 25), 500));

    expect(rates).toEqual({ fps: 30, kbps: 2_800, rttMs: 31, lost: null });
  });

  it("are unknown at the first look, and when a counter went back", () => {
    expect(ratesBetween(null, countersOf(report(1_000, 10), 0))).toMatchObject({ fps: null, kbps: null });
    expect(ratesBetween(countersOf(report(9_000, 90), 0), countersOf(report(1_000, 10), 500))).toMatchObject({
      fps: null,
      kbps: null,
    });
  });

  it("tell the share of the picture's packets that was lost", () => {
    const at = (packetsReceived: number, packetsLost: number, atMs: number) =>
      countersOf([{ type: "inbound-rtp", kind: "video", packetsReceived, packetsLost }], atMs);

    expect(ratesBetween(at(100, 0, 0), at(195, 5, 1_000)).lost).toBe(0.05);
    expect(ratesBetween(at(100, 0, 0), at(100, 0, 1_000)).lost).toBeNull();
  });

  it("are unknown when the browser counts nothing", () => {
    expect(ratesBetween(countersOf([], 0), countersOf([], 500))).toEqual({
      fps: null,
      kbps: null,
      rttMs: null,
      lost: null,
    });
  });
});
