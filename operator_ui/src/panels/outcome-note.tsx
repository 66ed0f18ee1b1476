import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Says so when a request was refused or nobody answered it; success shows by itself. */
export function OutcomeNote({ session }: { readonly session: Session }): JSX.Element {
  const outcome = session.outcome.value;
  const text = words.value;
  let sentence: string | null = null;
  if (outcome?.kind === "refused") {
    sentence = text.outcome.refused(text.wish[outcome.wish], text.refusalText(outcome.wish, outcome.refusal));
  } else if (outcome?.kind === "unanswered") {
    sentence = text.outcome.unanswered(text.wish[outcome.wish]);
  }
  return (
    <div class="outcome" aria-live="polite">
      {sentence !== null && (
        <p class="outcome-note" data-testid="outcome" data-outcome={outcome?.kind}>
          <span>{sentence}</span>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              session.outcome.value = null;
            }}
          >
            {text.outcome.dismiss}
          </button>
        </p>
      )}
    </div>
  );
}
