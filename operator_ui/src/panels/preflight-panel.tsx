import type { JSX } from "preact";
import { SOAKS_S } from "../session/preflight/limits";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { CheckLines, Verdict } from "./check-lines";

/** One's own check before the show: a line each, with what would cure it. Not while driving: it loads the link. */
export function PreflightPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.preflight;
  const { preflight } = session;
  const result = preflight.result.value;
  const phase = preflight.phase.value;
  const drives = session.lease.value !== null;
  return (
    <section class="panel preflight" aria-labelledby="preflight-heading" data-testid="preflight">
      <h2 id="preflight-heading">{text.heading}</h2>
      <SoakChoice session={session} />
      <button
        type="button"
        disabled={phase !== null || drives}
        data-testid="preflight-look"
        onClick={() => void preflight.start()}
      >
        {result === null ? text.look : text.again}
      </button>
      {phase === null && <p class="note">{drives ? text.notWhileDriving : text.note}</p>}
      {phase !== null && <Progress session={session} />}
      <div aria-live="polite">
        {result !== null && phase === null && (
          <>
            <Verdict lines={result.lines} id="preflight-verdict" />
            <CheckLines lines={result.lines} prefix="preflight" text={text} />
          </>
        )}
      </div>
      {phase === null && mayConfirm(session) && (
        <button
          type="button"
          class="quiet"
          data-testid="preflight-heard"
          onClick={() => preflight.confirmTone()}
        >
          {text.heardIt}
        </button>
      )}
    </section>
  );
}

function mayConfirm(session: Session): boolean {
  const speaker = session.preflight.result.value?.lines.find((each) => each.check === "speaker");
  return speaker?.seen === "unheard" || speaker?.seen === "alone";
}

function SoakChoice({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.preflight;
  const { soakS, phase } = session.preflight;
  return (
    <div class="preflight-soak">
      <span class="muted" id="preflight-soak">
        {text.soak}
      </span>
      <fieldset
        class="pace preflight-choice"
        aria-labelledby="preflight-soak"
        disabled={phase.value !== null}
      >
        {SOAKS_S.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={soakS.value === each}
            data-testid={`preflight-soak-${each}`}
            onClick={() => {
              soakS.value = each;
            }}
          >
            {text.soakChoice(each)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Progress({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.preflight;
  const { preflight } = session;
  const phase = preflight.phase.value ?? "devices";
  const untilMs = preflight.untilMs.value;
  const leftS = untilMs === null ? null : Math.max(0, Math.ceil((untilMs - session.nowMs.value) / 1000));
  return (
    <>
      <p class="note" data-testid="preflight-phase" data-phase={phase}>
        {text.phase[phase](leftS)}
      </p>
      {phase === "soak" && (
        <button type="button" class="quiet" data-testid="preflight-end" onClick={() => preflight.end()}>
          {text.end}
        </button>
      )}
    </>
  );
}
