/** Driving by keyboard: the dead-man is the key itself. Codes are places on the keyboard, whatever the layout. */
import { type Hand, NEUTRAL } from "./hand";

export interface Keys {
  readonly held: ReadonlySet<string>;
}

export type KeyInput =
  | { readonly kind: "down"; readonly code: string; readonly repeat: boolean; readonly modified: boolean }
  | { readonly kind: "up"; readonly code: string }
  | { readonly kind: "release" };

export const NO_KEYS: Keys = { held: new Set() };

const DRIVE: Readonly<Record<string, Partial<Pick<Hand, "forward" | "left" | "turn">>>> = {
  KeyW: { forward: 1 },
  ArrowUp: { forward: 1 },
  KeyS: { forward: -1 },
  ArrowDown: { forward: -1 },
  KeyA: { turn: 1 },
  ArrowLeft: { turn: 1 },
  KeyD: { turn: -1 },
  ArrowRight: { turn: -1 },
  KeyQ: { left: 1 },
  KeyE: { left: -1 },
};

const SLOW = new Set(["ShiftLeft", "ShiftRight"]);

/** Whether a key drives. */
export function isDriveKey(code: string): boolean {
  return Object.hasOwn(DRIVE, code);
}

/**
 * Return the keys held after an input.
 * A repeat never counts as a press: a key held through a lost focus must be let go and pressed again. With Ctrl, Alt or
 * Meta down all are let go, since browsers swallow the key-ups of a shortcut.
 */
export function reduceKeys(keys: Keys, input: KeyInput): Keys {
  switch (input.kind) {
    case "release":
      return keys.held.size === 0 ? keys : NO_KEYS;
    case "up": {
      if (!keys.held.has(input.code)) return keys;
      const held = new Set(keys.held);
      held.delete(input.code);
      return { held };
    }
    case "down": {
      if (input.modified) return keys.held.size === 0 ? keys : NO_KEYS;
      if (input.repeat || keys.held.has(input.code)) return keys;
      if (!isDriveKey(input.code) && !SLOW.has(input.code)) return keys;
      return { held: new Set(keys.held).add(input.code) };
    }
    default:
      return input satisfies never;
  }
}

/** Return the hand that these keys are. */
export function handOfKeys(keys: Keys): Hand {
  let deadMan = false;
  let slow = false;
  const sum = { forward: 0, left: 0, turn: 0 };
  for (const code of keys.held) {
    if (SLOW.has(code)) slow = true;
    const part = DRIVE[code];
    if (part === undefined) continue;
    deadMan = true;
    sum.forward += part.forward ?? 0;
    sum.left += part.left ?? 0;
    sum.turn += part.turn ?? 0;
  }
  if (!deadMan) return NEUTRAL;
  const clamp = (value: number) => Math.max(-1, Math.min(1, value));
  return {
    source: "keys",
    deadMan,
    forward: clamp(sum.forward),
    left: clamp(sum.left),
    turn: clamp(sum.turn),
    pace: slow ? "slow" : null,
    toward: null,
  };
}
