import { describe, expect, it } from "vitest";
import { linkOf } from "../../src/session/link-view";
import { EMPTY_ROOM, reduceRoom } from "../../src/session/room";
import type { Uplinks } from "../../src/wire/messages.gen";
import { status } from "../builders";

const VENUE = { name: "venue", up: true, round_trip_ms: 24.5 };
const MOBILE = { name: "5G", up: false, round_trip_ms: null };

function said(at_unix_ms: number, ...uplinks: Uplinks["uplinks"]): Uplinks {
  return { type: "uplinks", at_unix_ms, uplinks };
}

describe("how the robot is reached", () => {
  it("is not shown while nothing is known of it", () => {
    expect(linkOf(EMPTY_ROOM)).toBeNull();
    expect(linkOf({ uplinks: null, status: status() })).toBeNull();
    expect(linkOf({ uplinks: null, status: status({ race: [] }) })).toBeNull();
  });

  it("is its uplinks, when it has several", () => {
    expect(linkOf({ uplinks: said(1, VENUE, MOBILE), status: null })).toEqual({
      uplinks: [VENUE, MOBILE],
      roads: [],
    });
  });

  it("is which road brought the commands first, the most successful first", () => {
    const race = [
      { road: "bridge" as const, won: 50, lead_ms: null },
      { road: "direct" as const, won: 150, lead_ms: 3.2 },
    ];
    expect(linkOf({ uplinks: null, status: status({ race }) })?.roads).toEqual([
      { road: "direct", share: 0.75, leadMs: 3.2 },
      { road: "bridge", share: 0.25, leadMs: null },
    ]);
  });

  it("is no share of nothing", () => {
    const race = [{ road: "bridge" as const, won: 0, lead_ms: null }];
    expect(linkOf({ uplinks: null, status: status({ race }) })?.roads[0]?.share).toBe(0);
  });

  it("is as the later of two words has it, whichever road was faster", () => {
    const room = reduceRoom(EMPTY_ROOM, said(2_000, VENUE, MOBILE), 0);
    expect(reduceRoom(room, said(1_000, MOBILE), 0)).toBe(room);
    expect(reduceRoom(room, said(2_001, MOBILE), 0).uplinks?.uplinks).toEqual([MOBILE]);
  });
});
