import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../session/session";
import { speed } from "../strings/figures";
import { words } from "../strings/language";

const STEP_MPS = 0.05;

/** How fast whoever drives may go, as staff set it. The slider's way counts for nothing, only where it is let go. */
export function CapPanel({ session }: { readonly session: Session }): JSX.Element {
  const [draft, setDraft] = useState<number | null>(null);
  const text = words.value.staff;
  const { profile, status } = session.desk.value;
  const heard = session.robot.value?.fresh === true && profile !== null && status !== null;
  const max = profile?.max_speed_mps ?? 0;
  const said = session.capWish.wished.value;
  const cap = said === null ? (status?.speed_cap_mps ?? null) : said.cap;
  const shown = draft ?? cap;
  const shownAs = shown === null ? text.capNone : speed(shown);
  let note = text.capHolds;
  if (!heard) note = text.capUnknown;
  else if (shown === null) note = text.capFree(speed(max));
  else if (shown === 0) note = text.capZero;
  // What was moved and moved back is no change, and then no event says so.
  const forget = () => setTimeout(() => setDraft(null));
  return (
    <section class="panel cap" aria-labelledby="cap-heading">
      <div class="cap-head">
        <h2 id="cap-heading">{text.cap}</h2>
        <p class="cap-now" data-testid="cap-now" data-cap={cap ?? "none"}>
          {heard ? shownAs : "–"}
        </p>
      </div>
      <div class="cap-row">
        <input
          type="range"
          data-testid="cap"
          aria-label={text.capName}
          aria-valuetext={shownAs}
          aria-describedby="cap-note"
          min={0}
          max={max}
          step={STEP_MPS}
          value={shown ?? max}
          disabled={!heard}
          onInput={({ currentTarget }) => setDraft(currentTarget.valueAsNumber)}
          onChange={({ currentTarget }) => {
            setDraft(null);
            session.capSpeed(currentTarget.valueAsNumber);
          }}
          onPointerUp={forget}
          onPointerCancel={forget}
          onBlur={forget}
        />
        <button
          type="button"
          data-testid="cap-none"
          aria-pressed={shown === null}
          disabled={!heard}
          onClick={() => session.capSpeed(null)}
        >
          {text.capNone}
        </button>
      </div>
      <p class="note" id="cap-note">
        {note}
      </p>
    </section>
  );
}
