import type { JSX } from "preact";
import type { Session } from "../session/session";
import { language, otherThan, WORDS, words } from "../strings/language";
import { StateIcon } from "./icons";

/** The one word for how things stand, and its reason in a sentence. */
export function StateLine({ session }: { readonly session: Session }): JSX.Element {
  const { word, tone, reason } = session.standing.value;
  const other = otherThan(language.value);
  const sentence = words.value.reasonText(reason);
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
        <p class="state-reason" data-testid="state-reason" title={sentence}>
          {sentence}
        </p>
      </div>
    </div>
  );
}
