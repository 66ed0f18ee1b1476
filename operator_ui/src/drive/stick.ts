/** Driving by a stick on the screen: the dead-man is the finger. */
import { type Hand, NEUTRAL } from "./hand";
import { shapeAxis } from "./shaping";

export interface Stick {
  /** The pointer that holds it; a second one changes nothing. */
  readonly pointer: number | null;
  /** Where the knob is, -1..1, x to the right, y down, inside the unit circle. */
  readonly x: number;
  readonly y: number;
}

export type StickInput =
  | { readonly kind: "down" | "move"; readonly pointer: number; readonly x: number; readonly y: number }
  | { readonly kind: "up"; readonly pointer: number }
  | { readonly kind: "release" };

export const NO_STICK: Stick = { pointer: null, x: 0, y: 0 };

/** Return the stick after an input; `x` and `y` are in radii from its middle. */
export function reduceStick(stick: Stick, input: StickInput): Stick {
  switch (input.kind) {
    case "down":
      return stick.pointer === null ? { pointer: input.pointer, ...inCircle(input.x, input.y) } : stick;
    case "move":
      return stick.pointer === input.pointer
        ? { pointer: input.pointer, ...inCircle(input.x, input.y) }
        : stick;
    case "up":
      return stick.pointer === input.pointer ? NO_STICK : stick;
    case "release":
      return stick.pointer === null ? stick : NO_STICK;
    default:
      return input satisfies never;
  }
}

/** Return the hand that this stick is. */
export function handOfStick(stick: Stick): Hand {
  if (stick.pointer === null) return NEUTRAL;
  return {
    source: "stick",
    deadMan: true,
    forward: -shapeAxis(stick.y) || 0,
    left: 0,
    turn: -shapeAxis(stick.x) || 0,
    pace: null,
    toward: null,
  };
}

function inCircle(x: number, y: number): { x: number; y: number } {
  const length = Math.max(1, Math.hypot(x, y));
  return { x: x / length, y: y / length };
}
