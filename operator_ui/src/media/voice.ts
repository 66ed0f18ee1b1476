/** This page's voice and ear: the microphone, push-to-talk and mute, and whether the hall is heard. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { SpokenTo } from "../wire/messages.gen";
import { LevelMeter } from "./voice-level";
import { type MicTrouble, openMicrophone } from "./voice-microphone";

/** How a microphone that is on may be heard: all the time while it is open, or only while somebody holds to talk. */
export type Floor = "open" | "push" | "closed";

export type Microphone =
  | { readonly kind: "off" }
  | { readonly kind: "asking" }
  | { readonly kind: "on"; readonly muted: boolean }
  | { readonly kind: "failed"; readonly why: MicTrouble };

/** What is held: talk to the hall, or to presenters and staff alone. */
export type Held = SpokenTo | null;

/** Whom this voice is for now; null while it is for nobody. */
export function meantFor(microphone: Microphone, floor: Floor, held: Held): SpokenTo | null {
  if (microphone.kind !== "on" || floor === "closed") return null;
  if (held !== null) return held;
  return floor === "open" && !microphone.muted ? "hall" : null;
}

export interface VoiceOptions {
  /** Hand the microphone to the call, or take it away. */
  readonly setMicrophone: (track: MediaStreamTrack | null) => void;
  /** Undefined on a page that may not use microphones. */
  readonly devices: MediaDevices | undefined;
}

export class Voice {
  readonly microphone = signal<Microphone>({ kind: "off" });
  /** What is held of push-to-talk. */
  readonly held = signal<Held>(null);
  /** Whom the robot takes this voice to be for, as far as it has said so. */
  readonly confirmed = signal<SpokenTo | null>(null);
  readonly floor = signal<Floor>("closed");
  /** The hall is heard. It begins silent: a browser lets a page sound only after a click. */
  readonly hears = signal(false);
  readonly meant: ReadonlySignal<SpokenTo | null>;
  /** The robot gets this voice: it is for somebody, and the robot knows for whom. */
  readonly speaks: ReadonlySignal<boolean>;
  readonly #options: VoiceOptions;
  #track: MediaStreamTrack | null = null;
  #meter: LevelMeter | null = null;
  #given: MediaStreamTrack | null = null;

  constructor(options: VoiceOptions) {
    this.#options = options;
    this.meant = computed(() => meantFor(this.microphone.value, this.floor.value, this.held.value));
    this.speaks = computed(() => this.meant.value !== null && this.meant.value === this.confirmed.value);
    this.speaks.subscribe(() => this.#hand());
  }

  /** How loud the microphone is, in dBFS; null while it is off. */
  get ownDbfs(): number | null {
    return this.#meter?.dbfs ?? null;
  }

  /** Turn the microphone on; to be called from a click, as the browser asks for leave then. */
  async turnOn(): Promise<void> {
    if (this.microphone.peek().kind === "asking" || this.#track !== null) return;
    this.microphone.value = { kind: "asking" };
    const opened = await openMicrophone(this.#options.devices);
    if (typeof opened === "string") {
      this.microphone.value = { kind: "failed", why: opened };
      return;
    }
    this.#track = opened;
    this.#meter = LevelMeter.of(opened);
    opened.onended = () => this.#lose();
    this.microphone.value = { kind: "on", muted: false };
  }

  /** Close the microphone: the browser shows that nobody listens any more. */
  turnOff(): void {
    this.#drop();
    this.microphone.value = { kind: "off" };
  }

  toggleMute(): void {
    const now = this.microphone.peek();
    if (now.kind === "on") this.microphone.value = { kind: "on", muted: !now.muted };
  }

  /** Push-to-talk goes down, for the hall or for presenters and staff alone; or up. */
  talk(to: Held): void {
    this.held.value = this.microphone.peek().kind === "on" ? to : null;
  }

  /** The microphone was unplugged, or its leave was taken back. */
  #lose(): void {
    this.#drop();
    this.microphone.value = { kind: "failed", why: "lost" };
  }

  #drop(): void {
    this.held.value = null;
    this.#meter?.close();
    this.#meter = null;
    if (this.#track !== null) {
      this.#track.onended = null;
      this.#track.stop();
    }
    this.#track = null;
    this.#hand();
  }

  #hand(): void {
    const track = this.speaks.peek() ? this.#track : null;
    if (track === this.#given) return;
    this.#given = track;
    this.#options.setMicrophone(track);
  }
}
