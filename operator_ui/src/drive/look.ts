/** Whither the robot looks: keys and a stick turn a direction, which is said to the robot while it changes. */
import { signal } from "@preact/signals";
import type { Look, LookAngles } from "../wire/messages.gen";
import { isTextField } from "./hands";
import type { Lease } from "./stream";

const TURN_RADPS = 0.9;
const SAY_EVERY_MS = 50;
const SAID_AT_LEAST = 3; // the newest, in case one is lost
const LONGEST_STEP_MS = 100;

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  KeyJ: [1, 0],
  KeyL: [-1, 0],
  KeyI: [0, 1],
  KeyK: [0, -1],
};

export class LookControl {
  /** The direction that is wished, in radians: pan to the left, tilt upwards. */
  readonly wish = signal<LookAngles>({ pan_rad: 0, tilt_rad: 0 });
  readonly #held = new Set<string>();
  #stick = { x: 0, y: 0 };
  #nowMs: number | null = null;
  #saidMs = -Infinity;
  #left = 0;
  #seq = 0;

  /** Hold or release a key, or a button that stands for it. */
  hold(code: string, down: boolean): void {
    if (down && Object.hasOwn(KEYS, code)) this.#held.add(code);
    else this.#held.delete(code);
  }

  /** Note where a gamepad's stick points, x to the right, y down. */
  turn(stick: { readonly x: number; readonly y: number }): void {
    this.#stick = stick;
  }

  /** Look straight ahead. */
  ahead(): void {
    this.#say({ pan_rad: 0, tilt_rad: 0 });
  }

  /** Another lease: nothing is held, and the robot looks ahead. */
  restart(): void {
    this.#held.clear();
    this.wish.value = { pan_rad: 0, tilt_rad: 0 };
    this.#left = 0;
  }

  /** Return what to say now; to be asked every 20 ms. */
  step(nowMs: number, lease: Lease | null, reach: LookAngles | null): readonly Look[] {
    const sinceMs = this.#nowMs === null ? 0 : Math.min(LONGEST_STEP_MS, nowMs - this.#nowMs);
    this.#nowMs = nowMs;
    if (lease === null || reach === null) return [];
    const [pan, tilt] = this.#rate();
    if (pan !== 0 || tilt !== 0) {
      const by = (TURN_RADPS * sinceMs) / 1000;
      const { pan_rad, tilt_rad } = this.wish.peek();
      this.#say({
        pan_rad: within(pan_rad + pan * by, reach.pan_rad),
        tilt_rad: within(tilt_rad + tilt * by, reach.tilt_rad),
      });
    }
    if (this.#left === 0 || nowMs - this.#saidMs < SAY_EVERY_MS) return [];
    this.#left -= 1;
    this.#saidMs = nowMs;
    this.#seq += 1;
    return [{ type: "look", ...lease, seq: this.#seq, ...this.wish.peek() }];
  }

  #rate(): readonly [number, number] {
    let pan = -this.#stick.x;
    let tilt = -this.#stick.y;
    for (const code of this.#held) {
      const [byPan, byTilt] = KEYS[code] ?? [0, 0];
      pan += byPan;
      tilt += byTilt;
    }
    return [within(pan, 1), within(tilt, 1)];
  }

  #say(wish: LookAngles): void {
    const { pan_rad, tilt_rad } = this.wish.peek();
    if (wish.pan_rad === pan_rad && wish.tilt_rad === tilt_rad) return;
    this.wish.value = wish;
    this.#left = SAID_AT_LEAST;
  }
}

/** I, J, K and L look; never while somebody writes. Returns how to stop. */
export function attachLookKeys(page: Window, look: LookControl, may: () => boolean): () => void {
  const listening = new AbortController();
  const { signal: until } = listening;
  const letGo = () => {
    for (const code of Object.keys(KEYS)) look.hold(code, false);
  };
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      if (may()) look.hold(event.code, true);
    },
    { signal: until },
  );
  page.addEventListener("keyup", (event) => look.hold(event.code, false), { signal: until });
  page.addEventListener("blur", letGo, { signal: until });
  page.document.addEventListener("visibilitychange", letGo, { signal: until });
  return () => listening.abort();
}

function within(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
