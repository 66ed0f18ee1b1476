/** The sound of an alarm: two short notes, again and again until it is acknowledged. Silent until a click arms it. */
import { signal } from "@preact/signals";

const EVERY_MS = 1_500;
const NOTES_HZ = [880, 660] as const;
const NOTE_S = 0.18;
const LOUDNESS = 0.2;

export class AlarmSound {
  readonly armed = signal(false);
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Let it sound, as a browser lets it only in answer to a click; or be silent. */
  async arm(on: boolean): Promise<void> {
    this.armed.value = on;
    if (!on) return;
    try {
      this.#context ??= new AudioContext();
      await this.#context.resume();
      this.#play();
    } catch {
      this.armed.value = false; // no loudspeaker
    }
  }

  /** Sound, or not. */
  ring(loud: boolean): void {
    if (!loud || !this.armed.peek()) {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#timer = null;
    } else if (this.#timer === null) {
      this.#play();
      this.#timer = setInterval(() => this.#play(), EVERY_MS);
    }
  }

  close(): void {
    this.ring(false);
    void this.#context?.close();
    this.#context = null;
    this.armed.value = false;
  }

  #play(): void {
    const context = this.#context;
    if (context === null) return;
    for (const [index, hz] of NOTES_HZ.entries()) {
      const [note, gain] = [context.createOscillator(), context.createGain()];
      const at = context.currentTime + index * NOTE_S;
      note.frequency.value = hz;
      gain.gain.setValueAtTime(LOUDNESS, at);
      gain.gain.linearRampToValueAtTime(0, at + NOTE_S);
      note.connect(gain).connect(context.destination);
      note.start(at);
      note.stop(at + NOTE_S);
    }
  }
}
