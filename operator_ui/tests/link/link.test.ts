import { describe, expect, it } from "vitest";
import { dialWithinMs, redialAfterMs } from "../../src/link/backoff";
import { closingOf } from "../../src/link/closing";
import { bridgeUrlOf, clientIdOf, randomName, tokenOf } from "../../src/link/invite";

describe("the wait before dialling again", () => {
  it("doubles, and stays under a second, so that a network that comes back is found by then", () => {
    const waits = [1, 2, 3, 4, 99].map((attempt) => redialAfterMs(attempt, 0.5));

    expect(waits).toEqual([250, 500, 800, 800, 800]);
    expect(redialAfterMs(99, 0.999999)).toBeLessThan(1_000);
  });

  it("is spread by a fifth either way", () => {
    expect([redialAfterMs(1, 0), redialAfterMs(1, 0.999999)]).toEqual([200, 300]);
  });
});

describe("a dial", () => {
  it("is short twice, to find a network that is back, and then long, to reach a bridge that is far", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map(dialWithinMs)).toEqual([2_200, 900, 900, 2_200, 900, 900, 2_200]);
  });
});

describe("a close code", () => {
  it.each([
    [4400, "bad_hello"],
    [4401, "bad_invite"],
    [4403, "forbidden"],
    [4406, "version"],
    [4409, "replaced"],
    [4422, "refused_too_often"],
    [4499, "bad_hello"], // one that this page does not know yet
  ])("%i is final: %s", (code, reason) => {
    expect(closingOf(code, true)).toEqual({ final: true, reason });
  });

  it.each([
    [1001, true, "draining"],
    [1006, true, "lost"],
    [1006, false, "unreachable"],
    [4508, true, "too_slow"],
    [4529, false, "crowded"],
    [4500, false, "unreachable"],
  ])("%i (welcomed: %s) passes: %s", (code, welcomed, reason) => {
    expect(closingOf(code, welcomed)).toEqual({ final: false, reason });
  });
});

describe("the invite", () => {
  it.each([
    ["", null],
    ["#", null],
    ["#short", null],
    [`#${"x".repeat(129)}`, null],
    ["#%E0%A4%A-not-decodable", null],
    [`#${"t".repeat(32)}`, "t".repeat(32)],
  ])("in %j is %j", (hash, token) => {
    expect(tokenOf(hash)).toBe(token);
  });

  it("belongs to a tab whose id outlives a reload", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, to: string) => void kept.set(key, to),
    };

    const id = clientIdOf(store);

    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(clientIdOf(store)).toBe(id);
  });

  it("replaces a stored id that the bridge would refuse", () => {
    expect(clientIdOf({ getItem: () => "no good id!", setItem: () => {} })).toMatch(/^[0-9a-f]{16}$/);
  });

  it("goes to the bridge beside the page, secured as the page is", () => {
    expect(bridgeUrlOf({ protocol: "http:", host: "127.0.0.1:8080" })).toBe("ws://127.0.0.1:8080/ws");
    expect(bridgeUrlOf({ protocol: "https:", host: "stage.example" })).toBe("wss://stage.example/ws");
  });

  it("gives names that do not repeat", () => {
    expect(new Set(Array.from({ length: 100 }, () => randomName(12))).size).toBe(100);
  });
});
