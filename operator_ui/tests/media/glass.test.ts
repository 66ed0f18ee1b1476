import { describe, expect, it } from "vitest";
import { timesOf } from "../../src/media/frame-clock";
import {
  GlassToGlass,
  glassOf,
  inWholeMs,
  PARTS,
  type Parts,
  partsOf,
  type ShownTimes,
  sumOf,
} from "../../src/media/glass";
import type { PictureTime } from "../../src/wire/messages.gen";

/** The robot's clock is 5 s ahead of the page's. */
const OFFSET = { offsetMs: 5_000, errorMs: 1.5 };

const SHOWN: ShownTimes = {
  rtpTime: 9_000,
  receivedMs: 1_032,
  decodingMs: 4,
  presentedMs: 1_039,
  displayedMs: 1_050,
};

/** Captured at 1 000 ms of the page's clock. */
const TOLD: PictureTime = { rtp_time: 9_000, captured_us: 6_000_000, waited_us: 2_500, encoding_us: 5_500 };

function parts(values: Partial<Parts>): Parts {
  return { capture: 0, encode: 0, network: 0, buffer: 0, decode: 0, display: 0, ...values };
}

describe("one picture's way", () => {
  it("is cut into parts that add up to its age on the screen", () => {
    const way = partsOf(SHOWN, TOLD, OFFSET);

    expect(way).toEqual({ capture: 2.5, encode: 5.5, network: 24, buffer: 3, decode: 4, display: 11 });
    expect(sumOf(way)).toBe(SHOWN.displayedMs - 1_000);
  });

  it("has no part below nothing, however wrong the clocks", () => {
    expect(partsOf(SHOWN, TOLD, { offsetMs: 4_900, errorMs: 90 }).network).toBe(0);
  });

  it("is told by the browser in the page's own clock, or not at all", () => {
    const metadata = {
      rtpTimestamp: 9_000,
      receiveTime: 1_032,
      processingDuration: 0.004,
      presentationTime: 1_039,
      expectedDisplayTime: 1_050,
    } as VideoFrameCallbackMetadata;

    expect(timesOf(metadata)).toEqual(SHOWN);
    expect(
      timesOf({ ...metadata, receiveTime: undefined } as unknown as VideoFrameCallbackMetadata),
    ).toBeNull();
  });
});

describe("the budget", () => {
  it("adds up in whole numbers, none of them more than one off", () => {
    for (const exact of [
      parts({ capture: 2.5, encode: 5.5, network: 24.4, buffer: 3.4, decode: 4.4, display: 11.4 }),
      parts({ network: 0.4, decode: 0.4, display: 0.4 }),
      parts({ capture: 1.9, encode: 1.9, network: 1.9, buffer: 1.9, decode: 1.9, display: 1.9 }),
    ]) {
      const whole = inWholeMs(exact);

      expect(sumOf(whole)).toBe(Math.round(sumOf(exact)));
      for (const part of PARTS) expect(Math.abs(whole[part] - exact[part])).toBeLessThan(1);
    }
  });

  it("is that of the pictures in the middle, with the slow ones named beside it", () => {
    const fast = Array.from({ length: 90 }, () => parts({ capture: 2, network: 20, display: 8 }));
    const slow = Array.from({ length: 10 }, () => parts({ capture: 2, network: 90, display: 8 }));
    const glass = glassOf([...slow, ...fast], 1.2);

    expect(glass).toEqual({
      p50Ms: 30,
      p95Ms: 100,
      parts: parts({ capture: 2, network: 20, display: 8 }),
      errorMs: 2,
    });
  });

  it("is silent while there are too few pictures", () => {
    expect(
      glassOf(
        Array.from({ length: 7 }, () => parts({ network: 9 })),
        1,
      ),
    ).toBeNull();
  });
});

describe("the pictures of the last seconds", () => {
  function seen(count: number): GlassToGlass {
    const glass = new GlassToGlass();
    for (let number = 0; number < count; number += 1) glass.shown({ ...SHOWN, rtpTime: number });
    return glass;
  }

  const told = (numbers: readonly number[]) => numbers.map((rtp_time) => ({ ...TOLD, rtp_time }));
  const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it("count when they were both shown and told of", () => {
    const glass = seen(10);
    glass.told(told([...TEN, 77, 78]), OFFSET, 1_500);

    expect(glass.glass(1_500, OFFSET)?.p50Ms).toBe(50);
    expect(glass.glass(11_501, OFFSET)).toBeNull();
  });

  it("count for nothing while the clocks are not known", () => {
    const glass = seen(10);
    glass.told(told(TEN), null, 1_500);

    expect(glass.glass(1_500, OFFSET)).toBeNull();
  });

  it("are forgotten with a new call", () => {
    const glass = seen(10);
    glass.told(told(TEN), OFFSET, 1_500);
    glass.restart();
    glass.told(told(TEN), OFFSET, 1_600);

    expect(glass.glass(1_600, OFFSET)).toBeNull();
  });
});
