import type { JSX } from "preact";
import type { Certificate, Finding, GoOrNot, Part } from "../session/preflight/certificate";
import { type Health, verdictOf } from "../session/preflight/line";
import { dateTime } from "../strings/figures";
import { words } from "../strings/language";
import { MARKS } from "./check-lines";

const HEALTH_OF: Readonly<Record<GoOrNot, Health>> = { go: "green", go_with_care: "amber", no_go: "red" };

/** Go or no-go on paper: every line, and room for a name. */
export function CertificateSheet({ certificate }: { readonly certificate: Certificate }): JSX.Element {
  const text = words.value.readiness.certificate;
  const { verdict, room, examined_at, parts } = certificate;
  const health = HEALTH_OF[verdict];
  return (
    <main class="sheet">
      <header>
        <h1>{text.title(room)}</h1>
        <button
          type="button"
          class="sheet-print"
          data-testid="certificate-print-now"
          onClick={() => window.print()}
        >
          {text.printNow}
        </button>
      </header>
      <p class={`sheet-verdict ${health}`} data-testid="certificate-verdict" data-verdict={verdict}>
        {MARKS[health]} {text.verdict[verdict]}
      </p>
      <p>
        {text.explained[verdict]} {text.examined(when(examined_at))}
      </p>
      {parts.map((part, index) => (
        <Section key={`${index} ${part.who}`} part={part} />
      ))}
      <footer>
        <span>{text.name}</span>
        <span>{text.date}</span>
      </footer>
    </main>
  );
}

function Section({ part }: { readonly part: Part }): JSX.Element {
  const text = words.value.readiness.certificate;
  const soak = part.soak_s === null ? null : text.soak(words.value.preflight.soakChoice(part.soak_s));
  const checked = part.checked_at === null ? text.unchecked : text.checkedAt(when(part.checked_at));
  const health = part.findings.length === 0 ? null : verdictOf(part.findings);
  return (
    <section data-testid="certificate-part" data-role={part.role}>
      <h2>
        {health !== null && <span class={health}>{MARKS[health]} </span>}
        {part.who}{" "}
        <small>{[text.role[part.role], checked, soak].filter((each) => each !== null).join(" · ")}</small>
      </h2>
      {part.findings.length > 0 && (
        <table>
          <tbody>
            {part.findings.map((finding, index) => (
              <Row key={`${index} ${finding.check}`} finding={finding} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ finding }: { readonly finding: Finding }): JSX.Element {
  return (
    <tr>
      <td class={finding.health}>
        {MARKS[finding.health]} {words.value.preflight.health[finding.health]}
      </td>
      <th scope="row">{finding.name}</th>
      <td>{finding.said}</td>
    </tr>
  );
}

function when(iso: string): string {
  return dateTime(Date.parse(iso));
}
