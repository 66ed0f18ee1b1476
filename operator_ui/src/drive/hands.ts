/** The hands on this page: listens to keyboard, gamepad and stick, and lets go of all of them whenever it must. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Goal } from "../wire/messages.gen";
import { type Hand, handOf } from "./hand";
import { handOfKeys, isDriveKey, type KeyInput, type Keys, NO_KEYS, reduceKeys } from "./keys";
import { NO_PAD, type Pad, type PadReading, type PadState, reducePad, releasePad } from "./pad";
import { handOfStick, NO_STICK, reduceStick, type Stick, type StickInput } from "./stick";
import { handOfMark, type MarkInput, reduceToMark, type ToMark } from "./to-mark";

export interface HandsOptions {
  /** Whether this page may drive now; without it every input but STOP is ignored. */
  readonly driving: () => boolean;
  /** Where the key "to the mark" goes. */
  readonly mark: () => Goal;
  /** STOP was pressed, on the keyboard or a gamepad. */
  readonly onStop: () => void;
  /** A gesture was asked for by a gamepad, as a digit. */
  readonly onGesture: (digit: number) => void;
  /** All was let go at once; neutral should go out without waiting for the next turn of a timer. */
  readonly onLetGo: () => void;
}

const STOP_KEYS = new Set(["Space", "Escape"]);
const MARK_KEY = "KeyT";

export class Hands {
  readonly #options: HandsOptions;
  readonly #stick = signal<Stick>(NO_STICK);
  readonly #toMark = signal<ToMark | null>(null);
  readonly #padState = signal<PadState>(NO_PAD.state);
  #keys: Keys = NO_KEYS;
  #pad: Pad = NO_PAD;

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  /** Where the stick's knob is, for the view. */
  get stick(): ReadonlySignal<Stick> {
    return this.#stick;
  }

  /** What has the robot steer itself to a mark, null while nothing does. */
  get toMark(): ReadonlySignal<ToMark | null> {
    return this.#toMark;
  }

  /** Whether there is a gamepad, and one that can be trusted. */
  get padState(): ReadonlySignal<PadState> {
    return this.#padState;
  }

  /** Where the gamepad's right stick points. */
  get lookPad(): { readonly x: number; readonly y: number } {
    return this.#pad.look;
  }

  /** Look at the gamepad and return the hand in charge. To be asked 50 times a second. */
  look(): Hand {
    this.#pad = reducePad(this.#pad, firstPad());
    if (this.#pad.state !== this.#padState.peek()) this.#padState.value = this.#pad.state;
    if (this.#pad.stop) this.#options.onStop();
    if (this.#pad.cross !== null) this.#options.onGesture(this.#pad.cross);
    return handOf([
      handOfStick(this.#stick.peek()),
      handOfKeys(this.#keys),
      this.#pad.hand,
      handOfMark(this.#toMark.peek()),
    ]);
  }

  /** Let go of everything: each source must be seen neutral before it counts again. */
  letGo(): void {
    this.#keys = reduceKeys(this.#keys, { kind: "release" });
    this.#stick.value = reduceStick(this.#stick.peek(), { kind: "release" });
    this.#pad = releasePad(this.#pad);
    this.moveToMark({ kind: "release" });
    this.#options.onLetGo();
  }

  /** Take an input of the stick on the screen. */
  moveStick(input: StickInput): void {
    if (input.kind === "down" && !this.#options.driving()) return;
    this.#stick.value = reduceStick(this.#stick.peek(), input);
  }

  /** Take an input of the button that has the robot steer itself to a mark. */
  moveToMark(input: MarkInput): void {
    if (input.kind === "down" && !this.#options.driving()) return;
    this.#toMark.value = reduceToMark(this.#toMark.peek(), input);
  }

  /** Listen to the page. Returns how to stop. */
  attach(page: Window): () => void {
    const listening = new AbortController();
    const { signal: until } = listening;
    const letGo = () => this.letGo();
    page.addEventListener("keydown", (event) => this.#keyDown(event), { signal: until, capture: true });
    page.addEventListener("keyup", (event) => this.#keyUp(event), { signal: until, capture: true });
    page.addEventListener("blur", letGo, { signal: until });
    page.addEventListener("pagehide", letGo, { signal: until });
    page.addEventListener("contextmenu", letGo, { signal: until });
    page.addEventListener("gamepaddisconnected", letGo, { signal: until });
    page.document.addEventListener("freeze", letGo, { signal: until });
    page.document.addEventListener("visibilitychange", () => page.document.hidden && letGo(), {
      signal: until,
    });
    page.document.addEventListener("focusin", (event) => isTextField(event.target) && letGo(), {
      signal: until,
    });
    return () => listening.abort();
  }

  #keyDown(event: KeyboardEvent): void {
    const writing = isTextField(event.target);
    if (STOP_KEYS.has(event.code) && (!writing || event.code === "Escape")) {
      event.preventDefault();
      if (!event.repeat) this.#options.onStop();
      return;
    }
    if (writing || !this.#options.driving()) return;
    // An arrow key on a slider moves the slider, never the robot, save one that was driving before.
    if (isSlider(event.target) && event.code.startsWith("Arrow") && !this.#keys.held.has(event.code)) return;
    const modified = event.ctrlKey || event.altKey || event.metaKey;
    if (event.code === MARK_KEY && !modified && !event.repeat) {
      this.moveToMark({ kind: "down", pointer: "key", goal: this.#options.mark() });
      return;
    }
    if (isDriveKey(event.code) && !modified) event.preventDefault();
    this.#takeKey({ kind: "down", code: event.code, repeat: event.repeat, modified });
  }

  #keyUp(event: KeyboardEvent): void {
    // The key-up of Space would press the focused button.
    if (event.code === "Space" && !isTextField(event.target)) event.preventDefault();
    if (event.code === MARK_KEY) this.moveToMark({ kind: "up", pointer: "key" });
    this.#takeKey({ kind: "up", code: event.code });
  }

  #takeKey(input: KeyInput): void {
    this.#keys = reduceKeys(this.#keys, input);
  }
}

/** Whether typing there writes text. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !NOT_WRITING.has(target.type);
}

function isSlider(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === "range";
}

const NOT_WRITING = new Set([
  "button",
  "checkbox",
  "radio",
  "range",
  "submit",
  "reset",
  "color",
  "file",
  "image",
]);

function firstPad(): PadReading | null {
  if (typeof navigator.getGamepads !== "function") return null;
  const pads = navigator.getGamepads().filter((pad) => pad?.connected);
  const pad = pads.find((each) => each?.mapping === "standard") ?? pads[0];
  if (!pad) return null;
  return {
    id: pad.id,
    mapping: pad.mapping,
    connected: pad.connected,
    axes: pad.axes,
    pressed: pad.buttons.map((button) => button.pressed),
  };
}
