/** This page's voice and ear: the microphone, push-to-talk and mute, and whether the hall is heard. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { LevelMeter } from "./voice-level";
import { type MicTrouble, openMicrophone } from "./voice-microphone";

/** How a microphone that is on may be heard: all the time while it is open, or only while somebody holds to talk. */
export type Floor = "open" | "push" | "closed";

export type Microphone =
  | { readonly kind: "off" }
  | { readonly kind: "asking" }
  | { readonly kind: "on"; readonly muted: boolean }
  | { readonly kind: "failed"; readonly why: MicTrouble };

/** Whether the robot gets this voice now. */
export function speaks(microphone: Microphone, floor: Floor, talking: boolean): boolean {
  if (microphone.kind !== "on" || floor === "closed") return false;
  return talking || (floor === "open" && !microphone.muted);
}

export interface VoiceOptions {
  /** Hand the microphone to the call, or take it away. */
  readonly setMicrophone: (track: MediaStreamTrack | null) => void;
  /** Undefined on a page that may not use microphones. */
  readonly devices: MediaDevices | undefined;
}

export class Voice {
  readonly microphone = signal<Microphone>({ kind: "off" });
  /** Push-to-talk is held. */
  readonly talking = signal(false);
  readonly floor = signal<Floor>("closed");
  /** The hall is heard. It begins silent: a browser lets a page sound only after a click. */
  readonly hears = signal(false);
  readonly speaks: ReadonlySignal<boolean>;
  readonly #options: VoiceOptions;
  #track: MediaStreamTrack | null = null;
  #meter: LevelMeter | null = null;
  #given: MediaStreamTrack | null = null;

  constructor(options: VoiceOptions) {
    this.#options = options;
    this.speaks = computed(() => speaks(this.microphone.value, this.floor.value, this.talking.value));
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

  /** Push-to-talk goes down or up. */
  talk(held: boolean): void {
    this.talking.value = held && this.microphone.peek().kind === "on";
  }

  /** The microphone was unplugged, or its leave was taken back. */
  #lose(): void {
    this.#drop();
    this.microphone.value = { kind: "failed", why: "lost" };
  }

  #drop(): void {
    this.talking.value = false;
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
