/** How loud sound is, in dBFS, and the word for it. */

export const FLOOR_DBFS = -90;

export type Loudness = "silent" | "quiet" | "good" | "loud";

/** Return the word for a level; speech that a hall follows easily is "good". */
export function loudnessOf(dbfs: number): Loudness {
  if (dbfs < -60) return "silent";
  if (dbfs < -38) return "quiet";
  return dbfs <= -8 ? "good" : "loud";
}

/** Return how much of a meter a level fills, 0 to 1. */
export function fillOf(dbfs: number): number {
  return Math.min(1, Math.max(0, (dbfs + 60) / 60));
}

/** Return the level of samples between -1 and 1: 0 is a sine at full scale. */
export function dbfsOf(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  if (power === 0) return FLOOR_DBFS;
  return Math.max(FLOOR_DBFS, 10 * Math.log10((2 * power) / samples.length));
}

/** Return the level of the loudest block: a page that looks now and then misses no word between two looks. */
export function loudestDbfs(samples: Float32Array, block: number): number {
  let loudest = FLOOR_DBFS;
  for (let from = 0; from < samples.length; from += block) {
    loudest = Math.max(loudest, dbfsOf(samples.subarray(from, from + block)));
  }
  return loudest;
}

const BLOCK = 4096; // samples, near a twelfth of a second
const BLOCKS = 8; // all that the browser keeps, two thirds of a second

export class LevelMeter {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  private constructor(context: AudioContext, track: MediaStreamTrack) {
    this.#context = context;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = BLOCK * BLOCKS;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** Return a meter for the track, null where the browser gives none: the voice goes on without. */
  static of(track: MediaStreamTrack): LevelMeter | null {
    try {
      return new LevelMeter(new AudioContext(), track);
    } catch {
      return null;
    }
  }

  get dbfs(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return loudestDbfs(this.#samples, BLOCK);
  }

  close(): void {
    this.#context.close().catch(() => {}); // closed already
  }
}
