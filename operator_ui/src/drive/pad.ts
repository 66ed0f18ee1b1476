/** Driving by gamepad, W3C standard mapping: LB is the dead-man, RB the fast one, B or Back is STOP, the cross gestures. */
import { type Hand, NEUTRAL } from "./hand";
import { shapeAxis } from "./shaping";

/** What is read of a gamepad in one look. */
export interface PadReading {
  readonly id: string;
  readonly mapping: string;
  readonly connected: boolean;
  readonly axes: readonly number[];
  readonly pressed: readonly boolean[];
}

export type PadState =
  | { readonly kind: "absent" }
  | { readonly kind: "unusable"; readonly id: string } // its buttons could be anything
  | { readonly kind: "ready"; readonly id: string };

export interface Pad {
  readonly state: PadState;
  readonly hand: Hand;
  /** The dead-man counts only after it was seen off since the pad appeared or was released. */
  readonly armed: boolean;
  /** STOP was pressed just now. */
  readonly stop: boolean;
  readonly stopHeld: boolean;
  /** Where the right stick points, -1..1, x to the right, y down; it needs no dead-man. */
  readonly look: { readonly x: number; readonly y: number };
  /** Which arm of the cross is held, as the digit of a gesture: up, down, left, right. */
  readonly crossHeld: number | null;
  /** It was pressed just now. */
  readonly cross: number | null;
}

export const NO_PAD: Pad = {
  state: { kind: "absent" },
  hand: NEUTRAL,
  armed: false,
  stop: false,
  stopHeld: false,
  look: { x: 0, y: 0 },
  crossHeld: null,
  cross: null,
};

const BUTTON = { B: 1, LB: 4, RB: 5, BACK: 8 } as const;
const CROSS = [12, 13, 14, 15];
const AXIS = { LEFT_X: 0, LEFT_Y: 1, RIGHT_X: 2, RIGHT_Y: 3 } as const;

/** Return the pad after one look at it. */
export function reducePad(pad: Pad, reading: PadReading | null): Pad {
  if (reading === null || !reading.connected) return pad.state.kind === "absent" ? pad : NO_PAD;
  if (reading.mapping !== "standard") return { ...NO_PAD, state: { kind: "unusable", id: reading.id } };
  const down = (button: number) => reading.pressed[button] === true;
  const holding = down(BUTTON.LB) || down(BUTTON.RB);
  const known = pad.state.kind === "ready" && pad.state.id === reading.id;
  const armed = (known && pad.armed) || !holding;
  const arm = CROSS.findIndex(down);
  const crossHeld = arm < 0 ? null : arm + 1;
  const stopHeld = down(BUTTON.B) || down(BUTTON.BACK);
  return {
    state: known ? pad.state : { kind: "ready", id: reading.id },
    armed,
    stopHeld,
    stop: stopHeld && !(known && pad.stopHeld),
    crossHeld,
    cross: known && crossHeld !== pad.crossHeld ? crossHeld : null,
    look: { x: shapeAxis(reading.axes[AXIS.RIGHT_X] ?? 0), y: shapeAxis(reading.axes[AXIS.RIGHT_Y] ?? 0) },
    hand: armed && holding ? handOfAxes(reading, down(BUTTON.RB)) : NEUTRAL,
  };
}

/** Return the pad with its dead-man let go: it must be seen off before it counts again. */
export function releasePad(pad: Pad): Pad {
  return { ...pad, armed: false, hand: NEUTRAL, stop: false, cross: null };
}

function handOfAxes(reading: PadReading, fast: boolean): Hand {
  return {
    source: "pad",
    deadMan: true,
    forward: -shapeAxis(reading.axes[AXIS.LEFT_Y] ?? 0) || 0, // the browser's y points down
    left: 0,
    turn: -shapeAxis(reading.axes[AXIS.LEFT_X] ?? 0) || 0, // to the right is clockwise
    pace: fast ? "fast" : null,
    toward: null,
  };
}
