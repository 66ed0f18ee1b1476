import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

const SIZES = [16, 20, 26, 34] as const;
const size = signal(1);

/** The words of the cue that runs, and of the next: large enough to be read from a step back. */
export function Teleprompter({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.show;
  const view = session.show.view.value;
  if (view === null) return null;
  const step = (by: number) => {
    size.value = Math.max(0, Math.min(SIZES.length - 1, size.value + by));
  };
  return (
    <section class="panel prompter" aria-labelledby="prompter-heading" data-testid="prompter">
      <div class="prompter-head">
        <h2 id="prompter-heading">{text.prompter}</h2>
        <button
          type="button"
          class="quiet"
          data-testid="prompter-smaller"
          aria-label={`A− ${text.prompterSmaller}`}
          disabled={size.value === 0}
          onClick={() => step(-1)}
        >
          A−
        </button>
        <button
          type="button"
          class="quiet"
          data-testid="prompter-larger"
          aria-label={`A+ ${text.prompterLarger}`}
          disabled={size.value === SIZES.length - 1}
          onClick={() => step(1)}
        >
          A+
        </button>
      </div>
      <p class={`prompter-now prompter-${size.value}`} data-testid="prompter-now">
        {view.line || text.prompterEmpty}
      </p>
      {view.nextLine !== "" && (
        <p class="muted prompter-next" data-testid="prompter-next">
          {text.prompterNext}: {view.nextLine}
        </p>
      )}
    </section>
  );
}
