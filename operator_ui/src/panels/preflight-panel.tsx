import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type Health, type Line, look, verdictOf } from "../session/preflight";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import type { PreflightWords } from "../strings/preflight-en";

const MARKS: Readonly<Record<Health, string>> = { green: "●", amber: "▲", red: "■" };
const TONES: Readonly<Record<Health, string>> = { green: "tone-ok", amber: "tone-warn", red: "tone-bad" };

/** The presenter's own check before the show: a line each, by mark and word, with what would cure it. */
export function PreflightPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.preflight;
  const lines = useSignal<readonly Line[] | null>(null);
  const looking = useSignal(false);
  const check = async () => {
    looking.value = true;
    const { link, bridgeRttMs } = session.roads;
    const bridgeOpen = link.peek().kind === "open";
    const servers = session.room.peek().iceServers;
    lines.value = await look(window, { bridgeOpen, rttMs: bridgeRttMs, servers });
    looking.value = false;
  };
  return (
    <section class="panel preflight" aria-labelledby="preflight-heading" data-testid="preflight">
      <h2 id="preflight-heading">{text.heading}</h2>
      <button
        type="button"
        class="quiet"
        disabled={looking.value}
        data-testid="preflight-look"
        onClick={check}
      >
        {looking.value ? text.looking : lines.value === null ? text.look : text.again}
      </button>
      <div aria-live="polite">{lines.value !== null && <Lines lines={lines.value} text={text} />}</div>
    </section>
  );
}

function Lines({
  lines,
  text,
}: {
  readonly lines: readonly Line[];
  readonly text: PreflightWords;
}): JSX.Element {
  const verdict = verdictOf(lines);
  return (
    <>
      <p class={TONES[verdict]} data-testid="preflight-verdict" data-health={verdict}>
        <strong>
          {MARKS[verdict]} {text.verdict[verdict]}
        </strong>
      </p>
      <ul class="preflight-lines">
        {lines.map((line) => (
          <li key={line.check} data-testid={`preflight-${line.check}`} data-health={line.health}>
            <span class={TONES[line.health]}>
              <span aria-hidden="true">{MARKS[line.health]}</span> {text.health[line.health]}
            </span>{" "}
            <strong>{text.check[line.check]}</strong> {sentence(line, text)}
          </li>
        ))}
      </ul>
    </>
  );
}

function sentence(line: Line, text: PreflightWords): string {
  const seen: Partial<Record<string, string>> = text.seen[line.check];
  const parts = [seen[line.seen] ?? ""];
  if (line.figure !== null) parts.unshift(text.roundTrip(line.figure));
  if (line.over.length > 0) parts.push(text.over(line.over));
  return parts.filter((each) => each !== "").join(" · ");
}
