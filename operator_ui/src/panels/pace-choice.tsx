import type { JSX } from "preact";
import type { Pace } from "../drive/hand";
import type { Session } from "../session/session";
import { words } from "../strings/language";

const PACES: readonly Pace[] = ["slow", "normal", "fast"];

/** How fast full stick is. */
export function PaceChoice({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  return (
    <fieldset class="pace" aria-label={text.pace}>
      {PACES.map((pace) => (
        <button
          key={pace}
          type="button"
          aria-pressed={session.pace.value === pace}
          data-testid={`pace-${pace}`}
          onClick={() => {
            session.pace.value = pace;
          }}
        >
          {text.paceOf[pace]}
        </button>
      ))}
    </fieldset>
  );
}
