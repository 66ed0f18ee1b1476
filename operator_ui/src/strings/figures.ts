/** Figures with their units, set with a thin space; the same in both languages. */
const THIN = "\u2009";
const NONE = "–";

/** A rounded number and its unit; a dash when unknown. */
export function figure(value: number | null, unit: string, digits = 0): string {
  return value === null || !Number.isFinite(value) ? NONE : `${value.toFixed(digits)}${THIN}${unit}`;
}

/** A speed. */
export function speed(mps: number): string {
  return figure(mps, "m/s", 2);
}

/** The speed in an event's detail, “0.3 m/s”; null when it names none. */
export function speedIn(detail: string): string | null {
  const mps = Number.parseFloat(detail);
  return Number.isNaN(mps) ? null : speed(mps);
}

/** A time span, in ms up to a second, then in s. */
export function span(ms: number | null): string {
  if (ms === null) return NONE;
  if (ms < 1000) return figure(ms, "ms");
  return figure(ms / 1000, "s", ms < 10_000 ? 1 : 0);
}

/** A bit rate. */
export function bitrate(kbps: number | null): string {
  if (kbps === null) return NONE;
  return kbps < 1000 ? figure(kbps, "kb/s") : figure(kbps / 1000, "Mb/s", 1);
}

/** A length of time as on a stage clock, 4:05. */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** A share as a percentage. */
export function percent(share: number | null): string {
  return share === null ? NONE : figure(share * 100, "%");
}

/** The time of day, 12:04:31, of this device. */
export function clockTime(unixMs: number): string {
  const at = new Date(unixMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
}

/** The day and time, 2026-11-23 12:04:31, of this device. */
export function dateTime(unixMs: number): string {
  const at = new Date(unixMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockTime(unixMs)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
