/** A tone from the loudspeaker, and whether the microphone hears it. */
import { dbfsOf, FLOOR_DBFS } from "./voice-level";

const TONE_HZ = 997;
const TONE_MS = 600;
const SETTLE_MS = 250; // until the tone is through the loudspeaker, the air and the microphone
const LOOK_MS = 50;
const GAIN = 0.25;
const STANDS_OUT_DB = 10;
const AUDIBLE_DBFS = -75;

/** Return the level of one pitch in samples between -1 and 1, in dBFS (Goertzel). */
export function pitchDbfs(samples: Float32Array, sampleHz: number, pitchHz: number): number {
  const turn = (2 * Math.PI * pitchHz) / sampleHz;
  let cosine = 0;
  let sine = 0;
  samples.forEach((sample, index) => {
    cosine += sample * Math.cos(turn * index);
    sine += sample * Math.sin(turn * index);
  });
  const amplitude = (2 * Math.hypot(cosine, sine)) / samples.length;
  return amplitude === 0 ? FLOOR_DBFS : Math.max(FLOOR_DBFS, 20 * Math.log10(amplitude));
}

/** Whether the pitch came up when the tone was played, and stayed: a short noise in the room is no tone. */
export function standsOut(beforeDbfs: number, duringDbfs: number): boolean {
  return duringDbfs > AUDIBLE_DBFS && duringDbfs - beforeDbfs >= STANDS_OUT_DB;
}

export interface SoundSeen {
  /** The loudest that the microphone heard before the tone; null without one. */
  readonly micDbfs: number | null;
  /** "failed": the browser gives no loudspeaker. "alone": no microphone to hear it with. */
  readonly tone: "heard" | "unheard" | "alone" | "failed" | "unplayed";
}

export interface SoundWish {
  readonly microphone: MediaStream | null;
  /** Not while others would hear it. */
  readonly play: boolean;
  readonly listenMs: number;
}

/** Listen to the microphone, then play a tone. */
export async function lookAtSound({ microphone, play, listenMs }: SoundWish): Promise<SoundSeen> {
  let context: AudioContext;
  try {
    context = new AudioContext();
  } catch {
    return { micDbfs: null, tone: "failed" };
  }
  try {
    const ear = microphone === null ? null : new Ear(context, microphone);
    const before = await hearing(ear, listenMs);
    const micDbfs = before === null ? null : Math.max(...before.dbfs);
    if (!play) return { micDbfs, tone: "unplayed" };
    if (context.state !== "running") return { micDbfs, tone: "failed" };
    const tone = startTone(context);
    await pause(SETTLE_MS);
    const during = await hearing(ear, TONE_MS - SETTLE_MS);
    tone.stop();
    if (before === null || during === null) return { micDbfs: null, tone: "alone" };
    const heard = standsOut(Math.max(...before.pitch), median(during.pitch));
    return { micDbfs, tone: heard ? "heard" : "unheard" };
  } finally {
    await context.close().catch(() => {}); // closed already
  }
}

class Ear {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(context: AudioContext, stream: MediaStream) {
    this.#context = context;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 2048;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  listen(): { readonly dbfs: number; readonly pitch: number } {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const pitch = pitchDbfs(this.#samples, this.#context.sampleRate, TONE_HZ);
    return { dbfs: dbfsOf(this.#samples), pitch };
  }
}

interface Hearing {
  readonly dbfs: readonly number[];
  readonly pitch: readonly number[];
}

async function hearing(ear: Ear | null, forMs: number): Promise<Hearing | null> {
  if (ear === null) return null;
  const heard = [];
  for (let left = forMs; left > 0; left -= LOOK_MS) {
    await pause(LOOK_MS);
    heard.push(ear.listen());
  }
  return {
    dbfs: [FLOOR_DBFS, ...heard.map(({ dbfs }) => dbfs)],
    pitch: [FLOOR_DBFS, ...heard.map(({ pitch }) => pitch)],
  };
}

/** Return the lower of the two middle values where there are two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? FLOOR_DBFS;
}

function startTone(context: AudioContext): OscillatorNode {
  const [tone, gain] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = TONE_HZ;
  gain.gain.value = GAIN;
  tone.connect(gain).connect(context.destination);
  tone.start();
  return tone;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
