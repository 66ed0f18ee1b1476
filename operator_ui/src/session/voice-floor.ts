/** Who may speak to the hall from this page, and what is told about it. Pure. */
import type { Floor } from "../media/voice";
import type { Sound } from "../wire/messages.gen";
import { isMuted, type Room } from "./room";

/** Older than this, what the robot said of its sound is no news. */
export const SOUND_FRESH_MS = 2_000;

/** Speech waits for a whole packet at the page: measured (bench.voice), as no browser tells it; without sound cards. */
const PAGE_MS = 25;

/**
 * Return how a microphone on this page may be heard. An open one passes for a presenter, unless somebody else drives:
 * then, and for staff always, it takes push-to-talk. Observers only listen, and whoever is muted is not heard.
 */
export function floorOf(room: Room, driver: string | null): Floor {
  const me = room.me;
  if (me === null || me.role === "observer" || isMuted(room, me.id)) return "closed";
  return me.role === "presenter" && (driver === null || driver === me.id) ? "open" : "push";
}

/** What the robot says of its sound, null when it has said nothing of late. */
export function soundNow(room: Room, nowMs: number): Sound | null {
  return room.sound !== null && room.soundMs !== null && nowMs - room.soundMs <= SOUND_FRESH_MS
    ? room.sound
    : null;
}

/** From this mouth to the ear in the hall, as parts in ms that add up; null while this page is not heard first. */
export interface MouthToEar {
  readonly pageMs: number;
  readonly wayMs: number;
  readonly robotMs: number;
  readonly totalMs: number;
}

export function mouthToEar(sound: Sound | null, me: string | null, rttMs: number | null): MouthToEar | null {
  if (sound?.waits_ms == null || rttMs === null || me === null || sound.heard[0] !== me) return null;
  const [wayMs, robotMs] = [Math.round(rttMs / 2), Math.round(sound.waits_ms)];
  return { pageMs: PAGE_MS, wayMs, robotMs, totalMs: PAGE_MS + wayMs + robotMs };
}
