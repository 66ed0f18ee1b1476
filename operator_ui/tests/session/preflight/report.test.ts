import { describe, expect, it } from "vitest";
import { line } from "../../../src/session/preflight/line";
import { bridgeNow, lineOf, reportOf } from "../../../src/session/preflight/report";

const result = (lines = [line("bridge", "green", "open")]) => ({ lines, soakS: 60, atUnixMs: 10_000 });

describe("the report of a check", () => {
  it("is told by the bridge's clock", () => {
    expect(reportOf(result(), 2_500)).toEqual({
      type: "preflight",
      at_unix_ms: 7_500,
      soak_s: 60,
      lines: [{ check: "bridge", health: "green", seen: "open", figures: {}, about: "" }],
    });
    expect(reportOf(result(), 99_999).at_unix_ms).toBe(0);
  });

  it("keeps to what the wire takes: finite figures, short names, few lines", () => {
    const figures = { rtt_ms: 1.23456, p95_ms: Number.POSITIVE_INFINITY, loss: Number.NaN };
    const long = line("turn", "red", "blocked", { about: "台🎭".repeat(40), figures });

    const { lines } = reportOf(result(Array(30).fill(long)), 0);

    expect(lines).toHaveLength(24);
    expect(lines[0]?.figures).toEqual({ rtt_ms: 1.235 });
    expect([...(lines[0]?.about ?? "")]).toHaveLength(60);
    expect(lines[0]?.about).toBe("台🎭".repeat(30));
  });

  it("comes back whole, though the wire leaves out what is empty", () => {
    expect(lineOf({ check: "page", health: "red", seen: "insecure" })).toEqual({
      check: "page",
      health: "red",
      seen: "insecure",
      figures: {},
      about: "",
    });
  });
});

it("the bridge's time goes on since its welcome", () => {
  expect(bridgeNow({ unixMs: 1_000_000, atMs: 500, errorMs: 9 }, 1_500, 0)).toBe(1_001_000);
  expect(bridgeNow(null, 1_500, 77)).toBe(77);
});
