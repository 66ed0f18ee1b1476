import type { JSX } from "preact";
import { lineOf } from "../session/preflight/report";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { CertificateButtons } from "./certificate-buttons";
import { CheckLines, Verdict } from "./check-lines";

/** Whether the show can begin: how fit the robot says it is. Beside each person stands what their own check found. */
export function ReadinessPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.readiness;
  const { readiness } = session.desk.value;
  const lines = (readiness?.lines ?? []).map(lineOf);
  return (
    <section class="panel readiness" aria-labelledby="readiness-heading" data-testid="readiness">
      <h2 id="readiness-heading">
        {text.heading} <span class="muted">{text.robot}</span>
      </h2>
      {readiness === null && <p class="note">{text.notSaid}</p>}
      {readiness !== null && (
        <>
          <Verdict lines={lines} id="readiness-verdict" />
          <CheckLines lines={lines} prefix="readiness" text={text} />
        </>
      )}
      <CertificateButtons session={session} />
    </section>
  );
}
