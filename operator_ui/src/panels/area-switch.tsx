import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Staff's word that nobody is within the robot's reach. Without it a show performs no large gesture. */
export function AreaSwitch({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.show;
  const heard = session.robot.value?.fresh === true;
  const clear = session.desk.value.status?.area_clear ?? false;
  let note: keyof typeof text.areaNote = clear ? "clear" : "not";
  if (!heard) note = "unknown";
  return (
    <section class="panel area" aria-labelledby="area-heading" data-testid="area" data-clear={heard && clear}>
      <h2 id="area-heading">{text.area}</h2>
      <div class="row">
        {[true, false].map((word) => (
          <button
            key={String(word)}
            type="button"
            data-testid={word ? "area-clear" : "area-not"}
            aria-pressed={heard && clear === word}
            disabled={!heard || session.isWaiting("declare_area")}
            onClick={() => session.show.declare(word)}
          >
            {word ? text.areaClear : text.areaNot}
          </button>
        ))}
      </div>
      <p class="note" data-testid="area-note">
        {text.areaNote[note]}
      </p>
    </section>
  );
}
