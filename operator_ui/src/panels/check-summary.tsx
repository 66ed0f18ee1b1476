import type { JSX } from "preact";
import { verdictOf } from "../session/preflight/line";
import { lineOf } from "../session/preflight/report";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { CheckLines, MARKS, TONES } from "./check-lines";

interface CheckSummaryProps {
  readonly session: Session;
  /** The peer whose check it is. */
  readonly peer: string;
}

/** What somebody's check found, how long ago, and what does not work; for staff, who alone are told. */
export function CheckSummary({ session, peer }: CheckSummaryProps): JSX.Element | null {
  const report = session.desk.value.checked.get(peer);
  if (report === undefined) return null;
  const { readiness: text, preflight } = words.value;
  const lines = report.lines.map(lineOf);
  const verdict = verdictOf(lines);
  const age = text.age(session.bridgeAgeMs(report.at_unix_ms));
  return (
    <div class="check-summary" data-testid={`checked-${peer}`} data-health={verdict}>
      <p class={TONES[verdict]}>
        <span aria-hidden="true">{MARKS[verdict]}</span>{" "}
        {text.checked(age, text.verdict[verdict], preflight.soakChoice(report.soak_s))}
      </p>
      <CheckLines
        lines={lines.filter((each) => each.health === "red")}
        prefix={`checked-${peer}`}
        text={preflight}
      />
      <details>
        <summary>{text.all}</summary>
        <CheckLines lines={lines} prefix={`checked-all-${peer}`} text={preflight} />
      </details>
    </div>
  );
}
