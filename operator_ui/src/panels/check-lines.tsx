import type { JSX } from "preact";
import { type Figures, type Health, verdictOf } from "../session/preflight/line";
import { words } from "../strings/language";
import type { Sentence } from "../strings/preflight-en";

export const MARKS: Readonly<Record<Health, string>> = { green: "●", amber: "▲", red: "■" };
export const TONES: Readonly<Record<Health, string>> = {
  green: "tone-ok",
  amber: "tone-warn",
  red: "tone-bad",
};

/** A line of a check, this page's own or somebody else's. */
export interface ShownLine {
  readonly check: string;
  readonly health: Health;
  readonly seen: string;
  readonly figures: Figures;
  readonly about: string;
}

/** What checks are called, and the sentences for what was seen. */
export interface CheckWords {
  readonly check: Partial<Readonly<Record<string, string>>>;
  readonly seen: Partial<Readonly<Record<string, Partial<Readonly<Record<string, Sentence>>>>>>;
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

interface CheckLinesProps {
  readonly lines: readonly ShownLine[];
  readonly prefix: string;
  readonly text: CheckWords;
}

/** Lines of a check, each by mark and word, with what would cure it. */
export function CheckLines({ lines, prefix, text }: CheckLinesProps): JSX.Element {
  return (
    <ul class="check-lines">
      {lines.map((line, index) => (
        <li
          key={`${index} ${line.check}`}
          data-testid={`${prefix}-${line.check}`}
          data-health={line.health}
          data-seen={line.seen}
        >
          <span class={TONES[line.health]}>
            <span aria-hidden="true">{MARKS[line.health]}</span> {words.value.preflight.health[line.health]}
          </span>{" "}
          <strong>{nameOfCheck(line.check, text)}</strong> <span>{sentenceOf(line, text)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Return what a check is called; another page's own word for one that is not known here. */
export function nameOfCheck(check: string, text: CheckWords): string {
  return own(text.check, check) ?? check;
}

/** Return what was seen, and the cure. */
export function sentenceOf({ check, seen, figures, about }: ShownLine, text: CheckWords): string {
  const sentences = own(text.seen, check);
  const sentence = sentences === undefined ? undefined : own(sentences, seen);
  if (sentence !== undefined) return sentence(figures, about);
  return [seen, about].filter((each) => each !== "").join(" · ");
}

/** A stranger's word may be one that every object knows. */
function own<T>(table: Partial<Readonly<Record<string, T>>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
