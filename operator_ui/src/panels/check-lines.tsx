import type { JSX } from "preact";
import type { Figures } from "../session/preflight/line";
import { type Health, verdictOf } from "../session/preflight/line";
import { words } from "../strings/language";
import type { PreflightWords, Sentence } from "../strings/preflight-en";

export const MARKS: Readonly<Record<Health, string>> = { green: "●", amber: "▲", red: "■" };
const TONES: Readonly<Record<Health, string>> = { green: "tone-ok", amber: "tone-warn", red: "tone-bad" };

/** A line of a check, this page's own or somebody else's. */
export interface ShownLine {
  readonly check: string;
  readonly health: Health;
  readonly seen: string;
  readonly figures: Figures;
  readonly about: string;
}

/** The verdict of some lines, by mark and word. */
export function Verdict({
  lines,
  id,
}: {
  readonly lines: readonly ShownLine[];
  readonly id: string;
}): JSX.Element {
  const verdict = verdictOf(lines);
  return (
    <p class={TONES[verdict]} data-testid={id} data-health={verdict}>
      <strong>
        {MARKS[verdict]} {words.value.preflight.verdict[verdict]}
      </strong>
    </p>
  );
}

/** Lines of a check, each by mark and word, with what would cure it. */
export function CheckLines({
  lines,
  prefix,
}: {
  readonly lines: readonly ShownLine[];
  readonly prefix: string;
}): JSX.Element {
  const text = words.value.preflight;
  return (
    <ul class="check-lines">
      {lines.map((line) => (
        <li
          key={`${line.check} ${line.about}`}
          data-testid={`${prefix}-${line.check}`}
          data-health={line.health}
          data-seen={line.seen}
        >
          <span class={TONES[line.health]}>
            <span aria-hidden="true">{MARKS[line.health]}</span> {text.health[line.health]}
          </span>{" "}
          <strong>{nameOfCheck(line.check, text)}</strong> <span>{sentenceOf(line, text)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Return what a check is called; another page's own word for one that is not known here. */
export function nameOfCheck(check: string, text: PreflightWords): string {
  return (text.check as Partial<Record<string, string>>)[check] ?? check;
}

/** Return what was seen, and the cure. */
export function sentenceOf({ check, seen, figures, about }: ShownLine, text: PreflightWords): string {
  const known: Partial<Record<string, Partial<Record<string, Sentence>>>> = text.seen;
  const sentence = known[check]?.[seen];
  return sentence === undefined
    ? [seen, about].filter((each) => each !== "").join(" · ")
    : sentence(figures, about);
}
