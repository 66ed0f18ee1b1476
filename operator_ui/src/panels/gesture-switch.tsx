import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { CoSpeech } from "./look-panel";

/** Whether the robot may perform gestures, for staff: on, off, and what runs. */
export function GestureSwitch({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.gesture;
  const view = session.gestures.view.value;
  if (view === null) return null;
  const heard = session.robot.value?.fresh === true;
  let note = view.allowed ? text.allowedNote : text.barredNote;
  if (!heard) note = words.value.staff.capUnknown;
  else if (view.running !== null) note = text.runs(text.nameOf(view.running.name));
  return (
    <section class="panel gestures" aria-labelledby="gesture-switch-heading" data-testid="gesture-switch">
      <h2 id="gesture-switch-heading">{text.heading}</h2>
      <div class="row">
        {[true, false].map((on) => (
          <button
            key={String(on)}
            type="button"
            data-testid={on ? "gestures-on" : "gestures-off"}
            aria-pressed={heard && view.allowed === on}
            disabled={!heard || session.isWaiting("allow_gestures")}
            onClick={() => session.gestures.allow(on)}
          >
            {on ? text.allow : text.bar}
          </button>
        ))}
        <button
          type="button"
          data-testid="gesture-cancel"
          disabled={view.running === null}
          onClick={() => session.gestures.cancel()}
        >
          {text.cancel}
        </button>
      </div>
      <CoSpeech session={session} />
      <p class="note" data-testid="gesture-switch-note">
        {note}
      </p>
    </section>
  );
}
