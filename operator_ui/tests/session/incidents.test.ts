import { describe, expect, it } from "vitest";
import { NO_HUD } from "../../src/session/hud";
import { AROUND_MS, type Heard, withNews } from "../../src/session/incidents";
import { between, KEPT_MS, recorded, type Sample, sampleOf } from "../../src/session/recorder";
import { event } from "../builders";

function sample(atMs: number): Sample {
  return sampleOf(NO_HUD, atMs);
}

function heard(part: Partial<Heard> = {}): Heard {
  return { events: [], record: [], nowMs: 0, unixMs: 1_000, ...part };
}

describe("the record", () => {
  it("keeps the last minutes, and no more", () => {
    let record: readonly Sample[] = [];
    for (const atMs of [0, 1, KEPT_MS, KEPT_MS + 1]) record = recorded(record, sample(atMs));

    expect(record.map(({ atMs }) => atMs)).toEqual([1, KEPT_MS, KEPT_MS + 1]);
    expect(recorded(record, sample(10 * KEPT_MS))).toEqual([sample(10 * KEPT_MS)]);
    expect(between(record, 1, KEPT_MS).map(({ atMs }) => atMs)).toEqual([1, KEPT_MS]);
  });
});

describe("an incident", () => {
  const stop = event({ kind: "stopped", at_unix_ms: 1_000 });

  it("is a stop or a hold that happens now, kept with what was around it", () => {
    const joined = event({ seq: 2, at_unix_ms: 999 });
    const record = [sample(0), sample(40_000)];
    const [made] = withNews([], heard({ events: [stop, joined], record, nowMs: 40_000 }));

    expect(made).toMatchObject({ event: stop, atMs: 40_000, whole: false });
    expect(made?.samples).toEqual([sample(40_000)]);
    expect(made?.events).toEqual([joined, stop]);
  });

  it("is none when it is history, told to whoever comes in", () => {
    expect(withNews([], heard({ events: [stop], unixMs: 60_000 }))).toEqual([]);
  });

  it("grows for half a minute, and then stays as it is", () => {
    const first = withNews([], heard({ events: [stop] }));
    const record = [sample(0), sample(10_000), sample(AROUND_MS + 1_000)];
    const later = withNews(first, heard({ events: [stop], record, nowMs: AROUND_MS, unixMs: 31_000 }));

    expect(later).toHaveLength(1);
    expect(later[0]?.whole).toBe(true);
    expect(later[0]?.samples).toHaveLength(2);
    expect(withNews(later, heard({ events: [stop], nowMs: 90_000 }))).toBe(later);
  });

  it("comes first when it is the newest", () => {
    const hold = event({ seq: 9, kind: "hold", at_unix_ms: 1_500 });
    const both = withNews(
      withNews([], heard({ events: [stop] })),
      heard({ events: [hold, stop], nowMs: 500 }),
    );

    expect(both.map((each) => each.event.kind)).toEqual(["hold", "stopped"]);
  });
});
