import type { JSX } from "preact";
import type { Session } from "../session/session";
import { language, otherThan, WORDS, words } from "../strings/language";
import { StateIcon } from "./icons";

/** The one word for how things stand, and its reason in a sentence; a STOP that has not worked goes before it. */
export function StateLine({ session }: { readonly session: Session }): JSX.Element {
  const { word, tone, reason, stopTrouble } = session.standing.value;
  const other = otherThan(language.value);
  const sentence =
    stopTrouble === null ? words.value.reasonText(reason) : words.value.stopTrouble[stopTrouble];
  return (
    <div class={`state tone-${tone}`} data-testid="state" data-word={word} data-reason={reason.kind}>
      <StateIcon word={word} />
      <div class="state-words">
        <p class="state-word" role="status" aria-live="polite">
          <strong data-testid="state-word" data-word={word}>
            {words.value.stateWord[word]}
          </strong>
          <span class="state-other" lang={other} aria-hidden="true">
            {WORDS[other].stateWord[word]}
          </span>
        </p>
        <p
          class={stopTrouble === null ? "state-reason" : "state-reason state-alarm"}
          data-testid="state-reason"
          data-stop-trouble={stopTrouble ?? undefined}
          role={stopTrouble === null ? undefined : "alert"}
          title={sentence}
        >
          {sentence}
        </p>
      </div>
    </div>
  );
}
