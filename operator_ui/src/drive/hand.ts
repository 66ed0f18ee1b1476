/** What the hand wants, whichever way it says so. Fractions of full speed; REP-103: forward, left, counter-clockwise. */

import type { Goal } from "../wire/messages.gen";

export type HandSource = "keys" | "pad" | "stick" | "mark";

export type Pace = "slow" | "normal" | "fast";

export interface Hand {
  readonly source: HandSource | null;
  /** The hand holds on: without it nothing moves. */
  readonly deadMan: boolean;
  readonly forward: number;
  readonly left: number;
  readonly turn: number;
  /** The pace that the hand holds a button for; null leaves the page's choice. */
  readonly pace: Pace | null;
  /** Where to the robot steers itself, as fast as `forward` says; null: the hand steers. */
  readonly toward: Goal | null;
}

export const NEUTRAL: Hand = {
  source: null,
  deadMan: false,
  forward: 0,
  left: 0,
  turn: 0,
  pace: null,
  toward: null,
};

/** Return the hand in charge: the first that holds on. Two hands never add up. */
export function handOf(hands: readonly Hand[]): Hand {
  return hands.find((hand) => hand.deadMan) ?? NEUTRAL;
}
