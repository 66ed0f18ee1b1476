import { describe, expect, it } from "vitest";
import { CapWish } from "../../src/session/cap-wish";

describe("a wish for a speed cap", () => {
  it("is asked for at once, and shown until the robot shows it", () => {
    const cap = new CapWish();

    expect(cap.wish(0.3)).toBe(true);
    cap.stated(); // a status from before
    expect(cap.wished.value).toEqual({ cap: 0.3 });
    expect(cap.ended("done")).toBeNull();
    expect(cap.wished.value).toEqual({ cap: 0.3 });
    cap.stated();
    expect(cap.wished.value).toBeNull();
  });

  it("waits for the answer to the one before, so that the last wish is the last request", () => {
    const cap = new CapWish();
    cap.wish(0.5);

    expect([cap.wish(0.45), cap.wish(0.4), cap.wish(null)]).toEqual([false, false, false]);
    expect(cap.ended("done")).toEqual({ cap: null });
    expect(cap.wished.value).toEqual({ cap: null });
    expect(cap.ended("done")).toBeNull();
  });

  it.each(["refused", "unanswered"] as const)("that was %s gives way to what the robot says", (how) => {
    const cap = new CapWish();
    cap.wish(0.3);

    expect(cap.ended(how)).toBeNull();
    expect(cap.wished.value).toBeNull();
  });

  it("is asked for although the one before was refused", () => {
    const cap = new CapWish();
    cap.wish(0.3);
    cap.wish(0.2);

    expect(cap.ended("refused")).toEqual({ cap: 0.2 });
    expect(cap.wished.value).toEqual({ cap: 0.2 });
  });
});
