/** Driving to a mark: the robot steers itself for as long as the hand holds on. */
import type { Goal } from "../wire/messages.gen";
import { type Hand, NEUTRAL } from "./hand";

export interface ToMark {
  /** The pointer that holds the button, or the key. */
  readonly holder: number | "key";
  readonly goal: Goal;
}

export type MarkInput =
  | { readonly kind: "down"; readonly pointer: number | "key"; readonly goal: Goal }
  | { readonly kind: "up"; readonly pointer: number | "key" }
  | { readonly kind: "release" };

/** Return what is held after an input; a second holder changes nothing. */
export function reduceToMark(held: ToMark | null, input: MarkInput): ToMark | null {
  switch (input.kind) {
    case "down":
      return held ?? { holder: input.pointer, goal: input.goal };
    case "up":
      return held?.holder === input.pointer ? null : held;
    case "release":
      return null;
    default:
      return input satisfies never;
  }
}

/** Return the hand that this is. */
export function handOfMark(held: ToMark | null): Hand {
  if (held === null) return NEUTRAL;
  return { ...NEUTRAL, source: "mark", deadMan: true, forward: 1, toward: held.goal };
}
