/**
 * How long to wait before dialling again, and for how long to dial. The wait doubles, is spread so that a hall full of
 * tabs does not knock at once, and stays under a second: a network that comes back is found by then.
 */
const FIRST_MS = 250;
const CAP_MS = 800;
const SPREAD = 0.2;
/** A dial into a network that is away hangs, as TCP waits ever longer: short dials find its return, a long one a far bridge. */
const DIALS_MS = [900, 900, 2_200] as const;

/**
 * Return the wait in ms before dial number `attempt` (1 is the first redial).
 * `chance` is a random number in [0, 1).
 */
export function redialAfterMs(attempt: number, chance: number): number {
  const base = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(base * (1 - SPREAD + 2 * SPREAD * chance));
}

/** Return how long dial number `attempt` (0 is the first) may take to reach the bridge. */
export function dialWithinMs(attempt: number): number {
  const turn = attempt === 0 ? DIALS_MS.length - 1 : (attempt - 1) % DIALS_MS.length;
  return DIALS_MS[turn] ?? DIALS_MS[0];
}
