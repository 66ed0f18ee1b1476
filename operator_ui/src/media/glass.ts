/**
 * Where the time goes from the lens to the eye, picture by picture; pure. The robot tells when a picture was captured
 * and encoded, the browser when it arrived, was decoded and shown; the clocks' offset comes from the pings.
 */
import type { PictureTime } from "../wire/messages.gen";

/** What the browser says of one picture that was shown, on the page's clock. */
export interface ShownTimes {
  readonly rtpTime: number;
  /** When its last packet came. */
  readonly receivedMs: number;
  /** How long it took to decode. */
  readonly decodingMs: number;
  /** When it was handed over to be put on the screen. */
  readonly presentedMs: number;
  /** When the screen is expected to show it. */
  readonly displayedMs: number;
}

/** The robot's clock less the page's; the truth is no farther away than `errorMs`. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly errorMs: number;
}

export const PARTS = ["capture", "encode", "network", "buffer", "decode", "display"] as const;
export type Part = (typeof PARTS)[number];
/** ms for each part. */
export type Parts = Readonly<Record<Part, number>>;

export interface Glass {
  /** Of half of the pictures of the last seconds, in whole ms: the parts add up to it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly parts: Parts;
  /** How wrong it may be, as the clocks are not one. */
  readonly errorMs: number;
}

const WINDOW_MS = 10_000;
const SHOWN_KEPT = 128;
const ENOUGH = 8;
const MIDDLE = 0.1; // of the pictures, on either side of the median

/** Return where the time of one picture went. A part that the clocks' error would make negative is nothing. */
export function partsOf(shown: ShownTimes, told: PictureTime, { offsetMs }: ClockOffset): Parts {
  const capturedMs = told.captured_us / 1000 - offsetMs;
  const encodedMs = capturedMs + (told.waited_us + told.encoding_us) / 1000;
  const parts = {
    capture: told.waited_us / 1000,
    encode: told.encoding_us / 1000,
    network: shown.receivedMs - encodedMs,
    buffer: shown.presentedMs - shown.receivedMs - shown.decodingMs,
    decode: shown.decodingMs,
    display: shown.displayedMs - shown.presentedMs,
  };
  return mapParts((part) => Math.max(0, parts[part]));
}

export function sumOf(parts: Parts): number {
  return PARTS.reduce((sum, part) => sum + parts[part], 0);
}

/** Return whole numbers that add up to the rounded sum, each less than one away from its part. */
export function inWholeMs(parts: Parts): Parts {
  const whole = mapParts((part) => Math.floor(parts[part]));
  const missing = Math.round(sumOf(parts)) - sumOf(whole);
  const byRest = [...PARTS].sort((a, b) => (parts[b] % 1) - (parts[a] % 1));
  const raised = new Set(byRest.slice(0, missing));
  return mapParts((part) => whole[part] + (raised.has(part) ? 1 : 0));
}

/** Return the budget of these pictures, null while there are too few to speak of. */
export function glassOf(pictures: readonly Parts[], errorMs: number): Glass | null {
  if (pictures.length < ENOUGH) return null;
  const sorted = pictures.map((parts) => ({ parts, sum: sumOf(parts) })).sort((a, b) => a.sum - b.sum);
  const last = sorted.length - 1;
  const middle = sorted.slice(Math.floor(last * (0.5 - MIDDLE)), Math.ceil(last * (0.5 + MIDDLE)) + 1);
  const mean = mapParts((part) => middle.reduce((sum, each) => sum + each.parts[part], 0) / middle.length);
  const parts = inWholeMs(mean);
  return {
    p50Ms: sumOf(parts),
    p95Ms: Math.max(sumOf(parts), Math.round(sorted[Math.round(last * 0.95)]?.sum ?? 0)),
    parts,
    errorMs: Math.ceil(errorMs),
  };
}

/** The pictures of the last seconds, put together from what the browser and the robot say of each. */
export class GlassToGlass {
  readonly #shown = new Map<number, ShownTimes>();
  #pictures: { readonly atMs: number; readonly parts: Parts }[] = [];

  /** Note a picture on the screen. */
  shown(times: ShownTimes): void {
    this.#shown.set(times.rtpTime, times);
    const oldest = this.#shown.keys().next();
    if (this.#shown.size > SHOWN_KEPT && oldest.value !== undefined) this.#shown.delete(oldest.value);
  }

  /** Note what the robot tells of its pictures; those that were not shown here count for nothing. */
  told(pictures: readonly PictureTime[], offset: ClockOffset | null, nowMs: number): void {
    if (offset === null) return;
    for (const told of pictures) {
      const shown = this.#shown.get(told.rtp_time);
      if (shown !== undefined) this.#pictures.push({ atMs: nowMs, parts: partsOf(shown, told, offset) });
    }
  }

  /** Forget everything: another call, other numbers. */
  restart(): void {
    this.#shown.clear();
    this.#pictures = [];
  }

  /** Return the budget of the last ten seconds. */
  glass(nowMs: number, offset: ClockOffset | null): Glass | null {
    this.#pictures = this.#pictures.filter((each) => nowMs - each.atMs <= WINDOW_MS);
    if (offset === null) return null;
    return glassOf(
      this.#pictures.map((each) => each.parts),
      offset.errorMs,
    );
  }
}

function mapParts(value: (part: Part) => number): Parts {
  return Object.fromEntries(PARTS.map((part) => [part, value(part)])) as Record<Part, number>;
}
