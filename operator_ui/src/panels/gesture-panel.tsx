import type { JSX } from "preact";
import type { GestureChoice, GestureView } from "../session/gesture-view";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** The robot's gestures for whoever drives: a button and a digit each; a robot that knows none says so. */
export function GesturePanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.gesture;
  const view = session.gestures.view.value;
  if (session.desk.value.profile === null) return null;
  return (
    <section class="panel gestures" aria-labelledby="gestures-heading" data-testid="gestures">
      <h2 id="gestures-heading">{text.heading}</h2>
      {view === null ? (
        <p class="note">{text.none}</p>
      ) : (
        <>
          <div class="gesture-choice">
            {view.gestures.map((each) => (
              <GestureButton key={each.name} session={session} view={view} choice={each} />
            ))}
          </div>
          <GestureLine session={session} view={view} />
        </>
      )}
    </section>
  );
}

function GestureButton({
  session,
  view,
  choice,
}: {
  readonly session: Session;
  readonly view: GestureView;
  readonly choice: GestureChoice;
}): JSX.Element {
  const text = words.value.gesture;
  const offered = view.offer?.name === choice.name;
  const name = text.nameOf(choice.name);
  return (
    <button
      type="button"
      class={offered ? "primary" : ""}
      data-testid={`gesture-${choice.name}`}
      aria-describedby="gesture-note"
      aria-keyshortcuts={choice.digit === null ? undefined : String(choice.digit)}
      disabled={view.blocked !== null || session.isWaiting("gesture_begin")}
      onClick={() => session.gestures.begin(choice.name)}
    >
      <span class="gesture-name">
        <span>{name}</span>
        {choice.isLarge && <span class="muted">{offered ? text.again : text.large}</span>}
      </span>
      {choice.digit !== null && <kbd>{choice.digit}</kbd>}
    </button>
  );
}

/** What runs and how far, or why nothing may begin; always one line, so that nothing jumps. */
function GestureLine({
  session,
  view,
}: {
  readonly session: Session;
  readonly view: GestureView;
}): JSX.Element {
  const text = words.value.gesture;
  const { running, offer, blocked } = view;
  const mayCancel = running !== null && (session.lease.value !== null || session.hasRole("staff"));
  let note = text.ready;
  if (running !== null) note = text.runs(text.nameOf(running.name));
  else if (offer !== null) note = text.offered(text.nameOf(offer.name), offer.leftS);
  else if (blocked !== null) note = words.value.refusal[blocked];
  return (
    <div class="gesture-line">
      <p class="note" id="gesture-note" data-testid="gesture-note">
        {note}
      </p>
      <progress
        class={running === null ? "resting" : ""}
        aria-label={text.progress}
        max={100}
        value={running?.percent ?? 0}
      />
      <button
        type="button"
        data-testid="gesture-cancel"
        disabled={!mayCancel}
        onClick={() => session.gestures.cancel()}
      >
        {text.cancel}
      </button>
    </div>
  );
}
