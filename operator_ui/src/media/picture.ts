/** Whether what the eye sees is the stage as it is now. */

/** Older than this, the picture is greyed: it no longer shows where the robot is. */
export const STALE_AFTER_MS = 500;

/** Why there is no picture yet. */
export type NoPicture =
  | "not_called"
  | "calling"
  | "no_answer"
  | "refused"
  | "failed"
  | "lost"
  | "frozen"
  | "frugal";

export type Picture =
  | { readonly kind: "none"; readonly why: NoPicture }
  | { readonly kind: "fresh" }
  | { readonly kind: "stale"; readonly ageMs: number; readonly why: NoPicture | null };

/**
 * Return the state of the picture.
 * `shownMs` is when the newest picture was shown, null before the first; `trouble` is what ails the call, if anything.
 */
export function pictureAt(nowMs: number, shownMs: number | null, trouble: NoPicture | null): Picture {
  if (shownMs === null) return { kind: "none", why: trouble ?? "calling" };
  const ageMs = nowMs - shownMs;
  return ageMs <= STALE_AFTER_MS ? { kind: "fresh" } : { kind: "stale", ageMs, why: trouble };
}
