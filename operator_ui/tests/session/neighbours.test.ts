import { describe, expect, it } from "vitest";
import { type Air, Neighbours } from "../../src/session/neighbours";

const CARD = { robot: "stage-1", word: "viewing", driver: null, speedMps: 0, battery: 1 } as const;
let nowMs = 0;

function hear(air: Air, data: unknown): void {
  air.onmessage?.call(air as BroadcastChannel, { data } as MessageEvent);
}

/** Tabs that hear one another, as over a BroadcastChannel. */
function browser() {
  const airs: Air[] = [];
  const stopped: string[] = [];
  const said: unknown[] = [];
  const tab = (name: string) => {
    const air: Air = {
      onmessage: null,
      postMessage: (data) => {
        said.push(data);
        for (const each of airs) if (each !== air) hear(each, structuredClone(data));
      },
      close: () => airs.splice(airs.indexOf(air), 1),
    };
    airs.push(air);
    return new Neighbours(
      name,
      air,
      () => nowMs,
      () => stopped.push(name),
    );
  };
  const shout = (data: unknown) => {
    for (const each of airs) hear(each, data);
  };
  return { tab, stopped, said, shout };
}

describe("other robots in this browser", () => {
  it("are shown to one another, each but the own", () => {
    nowMs = 0;
    const { tab } = browser();
    const [one, two] = [tab("a"), tab("b")];
    one.say(CARD, nowMs);
    two.say({ ...CARD, robot: "stage-2", word: "stopped" }, nowMs);
    one.say(CARD, nowMs);

    expect(one.cards.value).toEqual([{ ...CARD, tab: "b", robot: "stage-2", word: "stopped", fresh: true }]);
    expect(two.cards.value.map(({ robot }) => robot)).toEqual(["stage-1"]);
  });

  it("are one card for two tabs with one robot, and none for another tab of the own", () => {
    nowMs = 0;
    const { tab } = browser();
    const [one, two, three] = [tab("a"), tab("b"), tab("c")];
    one.say(CARD, nowMs);
    for (const each of [two, three]) each.say({ ...CARD, robot: "stage-2" }, nowMs);
    tab("d").say(CARD, nowMs);

    expect(one.cards.value.map(({ tab }) => tab)).toEqual(["b"]);
  });

  it("tell at every change, and once a second", () => {
    nowMs = 0;
    const { tab, said } = browser();
    const one = tab("a");
    for (const atMs of [0, 250, 750, 1_000, 1_250]) one.say(CARD, atMs);
    expect(said).toHaveLength(2);
    one.say({ ...CARD, word: "stopped" }, 1_300);
    expect(said).toHaveLength(3);
  });

  it("are missed when their tab falls silent, go with it, and are forgotten in a while", () => {
    nowMs = 0;
    const { tab } = browser();
    const [one, two] = [tab("a"), tab("b")];
    two.say({ ...CARD, robot: "stage-2" }, nowMs);
    one.say(CARD, 3_600);
    expect(one.cards.value.map(({ fresh }) => fresh)).toEqual([false]);
    one.say(CARD, 61_000);
    expect(one.cards.value).toEqual([]);

    nowMs = 61_000;
    two.say({ ...CARD, robot: "stage-2", word: "stopped" }, nowMs);
    expect(one.cards.value).toHaveLength(1);
    two.close();
    expect(one.cards.value).toEqual([]);
  });

  it("are stopped by name, or all of them", () => {
    nowMs = 0;
    const { tab, stopped } = browser();
    const [one, two, three] = [tab("a"), tab("b"), tab("c")];
    one.say(CARD, nowMs);
    two.say({ ...CARD, robot: "stage-2" }, nowMs);
    three.say({ ...CARD, robot: "stage-3" }, nowMs);

    one.stop("stage-3");
    expect(stopped).toEqual(["c"]);
    one.stop(null);
    expect(stopped).toEqual(["c", "b", "c"]);
  });

  it.each([
    null,
    "stop",
    {},
    { kind: "stop" },
    { kind: "stop", robot: 1 },
    { kind: "gone" },
    { kind: "card" },
    { kind: "card", card: { tab: "x" } },
    { kind: "dance", tab: "x" },
  ])("make nothing of %j", (word) => {
    nowMs = 0;
    const { tab, stopped, shout } = browser();
    const one = tab("a");
    one.say(CARD, nowMs);
    shout(word);

    expect(stopped).toEqual([]);
    expect(one.cards.value).toEqual([]);
  });

  it("do without, in a browser that has no such thing", () => {
    const alone = new Neighbours(
      "a",
      null,
      () => 0,
      () => {},
    );
    alone.say(CARD, 0);
    alone.stop(null);
    alone.close();
    expect(alone.cards.value).toEqual([]);
  });
});
