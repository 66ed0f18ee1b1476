import type { JSX } from "preact";
import { fillOf, loudnessOf } from "../media/voice-level";
import { words } from "../strings/language";

interface VoiceMeterProps {
  readonly name: string;
  readonly id: string;
  /** Null: nothing is known. */
  readonly dbfs: number | null;
}

/** How loud something is: a bar, and the word for it, as colour never speaks alone. */
export function VoiceMeter({ name, id, dbfs }: VoiceMeterProps): JSX.Element {
  const text = words.value.voice;
  const loudness = dbfs === null ? null : loudnessOf(dbfs);
  return (
    <div class="voice-meter" data-testid={`voice-${id}`} data-loudness={loudness ?? "unknown"}>
      <span class="figure-name">{name}</span>
      <meter
        min={0}
        max={1}
        value={dbfs === null ? 0 : fillOf(dbfs)}
        aria-label={name}
        aria-valuetext={loudness === null ? "–" : text.loudness[loudness]}
      />
      <span class="voice-word">{loudness === null ? "–" : text.loudness[loudness]}</span>
    </div>
  );
}
