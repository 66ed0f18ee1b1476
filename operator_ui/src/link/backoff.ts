/** How long to wait before dialling again: doubling, capped, and spread so that a hall full of tabs does not knock at once. */
const FIRST_MS = 250;
const CAP_MS = 5_000;
const SPREAD = 0.2;

/**
 * Return the wait in ms before dial number `attempt` (1 is the first redial).
 * `chance` is a random number in [0, 1).
 */
export function redialAfterMs(attempt: number, chance: number): number {
  const base = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(base * (1 - SPREAD + 2 * SPREAD * chance));
}
