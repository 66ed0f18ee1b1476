import { describe, expect, it } from "vitest";
import { EMPTY_ROOM, reduceRoom } from "../../src/session/room";
import { floorOf, mouthToEar, SOUND_FRESH_MS, soundNow } from "../../src/session/voice-floor";
import type { Peer, Sound } from "../../src/wire/messages.gen";
import { ME, OTHER, room, STAFF } from "../builders";

const OBSERVER: Peer = { id: "inv.olu", role: "observer", name: "Olu" };

function sound(part: Partial<Sound> = {}): Sound {
  return {
    type: "sound",
    at_unix_ms: 1_000,
    hall_dbfs: -40,
    speaker_dbfs: -20,
    heard: [ME.id],
    waits_ms: 31.4,
    concealed: 0,
    echo: "cancelled",
    ...part,
  };
}

describe("who may speak from a page", () => {
  it("is a presenter with an open microphone, unless somebody else drives", () => {
    expect(floorOf(room({ me: ME }), null)).toBe("open");
    expect(floorOf(room({ me: ME }), ME.id)).toBe("open");
    expect(floorOf(room({ me: ME }), OTHER.id)).toBe("push");
  });

  it("is staff by push-to-talk, and never an observer", () => {
    expect(floorOf(room({ me: STAFF }), null)).toBe("push");
    expect(floorOf(room({ me: STAFF }), STAFF.id)).toBe("push");
    expect(floorOf(room({ me: OBSERVER }), null)).toBe("closed");
  });

  it("is nobody whom staff muted, and nobody before they are in", () => {
    expect(floorOf(room({ me: ME, status: { muted: [ME.id] } }), ME.id)).toBe("closed");
    expect(floorOf(EMPTY_ROOM, null)).toBe("closed");
  });
});

describe("what the robot says of its sound", () => {
  it("counts while it is fresh", () => {
    const heard = reduceRoom(room(), sound(), 500);

    expect(soundNow(heard, 500 + SOUND_FRESH_MS)?.hall_dbfs).toBe(-40);
    expect(soundNow(heard, 501 + SOUND_FRESH_MS)).toBeNull();
    expect(soundNow(room(), 0)).toBeNull();
  });

  it("is not overtaken by an older copy over the other road, and follows a clock that was set back", () => {
    let heard = reduceRoom(room(), sound({ at_unix_ms: 100_000, hall_dbfs: -30 }), 0);
    heard = reduceRoom(heard, sound({ at_unix_ms: 99_750, hall_dbfs: -50 }), 10);
    expect(heard.sound?.hall_dbfs).toBe(-30);

    heard = reduceRoom(heard, sound({ at_unix_ms: 5_000, hall_dbfs: -50 }), 20);
    expect(heard.sound?.hall_dbfs).toBe(-50);
  });
});

describe("from the mouth to the ear", () => {
  it("is the sum of its parts", () => {
    expect(mouthToEar(sound(), ME.id, 24)).toEqual({ pageMs: 25, wayMs: 12, robotMs: 31, totalMs: 68 });
  });

  it("is unknown while another is heard first, or the way is", () => {
    expect(mouthToEar(sound({ heard: [OTHER.id, ME.id] }), ME.id, 24)).toBeNull();
    expect(mouthToEar(sound(), ME.id, null)).toBeNull();
    expect(mouthToEar(sound({ waits_ms: null }), ME.id, 24)).toBeNull();
    expect(mouthToEar(null, ME.id, 24)).toBeNull();
  });
});
