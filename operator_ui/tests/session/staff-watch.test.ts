import { describe, expect, it } from "vitest";
import { reduceRoom } from "../../src/session/room";
import { StaffWatch } from "../../src/session/staff-watch";
import { room, STAFF, telemetry } from "../builders";

const ROOM = room({ me: STAFF, telemetry: { tick: 7 } });

describe("a page of the staff that is seen", () => {
  it("answers the newest beacon every 300 ms", () => {
    const watch = new StaffWatch();
    const later = reduceRoom(ROOM, telemetry({ tick: 13 }), 300);

    expect(watch.step(0, true, ROOM)).toEqual({ type: "watch", epoch: "e1", beacon: 7 });
    expect(watch.step(299, true, ROOM)).toBeNull();
    expect(watch.step(300, true, later)).toEqual({ type: "watch", epoch: "e1", beacon: 13 });
  });

  it("falls silent when nobody sees it, and answers at once when somebody does again", () => {
    const watch = new StaffWatch();

    expect(watch.step(0, true, ROOM)).not.toBeNull();
    expect([400, 500, 900].map((nowMs) => watch.step(nowMs, false, ROOM))).toEqual([null, null, null]);
    expect(watch.step(901, true, ROOM)).not.toBeNull();
  });

  it("has nothing to answer before the first beacon, nor after the robot fell silent", () => {
    const watch = new StaffWatch();

    expect(watch.step(0, true, room({ telemetry: null }))).toBeNull();
    expect(watch.step(1_001, true, ROOM)).toBeNull();
    expect(watch.step(1_000, true, ROOM)).not.toBeNull();
  });
});
