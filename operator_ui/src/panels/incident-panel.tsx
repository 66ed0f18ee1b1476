import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Incident, keyOf } from "../session/incidents";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { clockTime } from "../strings/figures";
import { words } from "../strings/language";
import { Plots } from "./plots-panel";

/** Each stop and hold, with the half minute before and after it: figures, events, and a file to keep. */
export function IncidentPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.watch.incidents;
  const incidents = session.watch.incidents.value;
  const [chosen, choose] = useState<string | null>(null);
  const shown = incidents.find(({ event }) => keyOf(event) === chosen);
  return (
    <section class="panel incidents" aria-labelledby="incidents-heading" data-testid="incidents">
      <h2 id="incidents-heading">{text.heading}</h2>
      <p class="note">{incidents.length === 0 ? text.none : text.note}</p>
      <ol class="incident-list">
        {incidents.map((incident) => (
          <li key={keyOf(incident.event)}>
            <button
              type="button"
              class="quiet incident-choice"
              data-testid="incident"
              data-kind={incident.event.kind}
              aria-expanded={shown === incident}
              onClick={() => choose(shown === incident ? null : keyOf(incident.event))}
            >
              <span class="muted">{clockTime(incident.event.at_unix_ms)}</span>
              <span>{wordsFor(session, incident)}</span>
            </button>
          </li>
        ))}
      </ol>
      {shown !== undefined && <Detail session={session} incident={shown} onClose={() => choose(null)} />}
    </section>
  );
}

function wordsFor(session: Session, { event }: Incident): string {
  const room = session.desk.value;
  return words.value.eventText(event, {
    by: nameOf(room, event.by ?? null),
    to: nameOf(room, event.to ?? null),
  });
}

function Detail({
  session,
  incident,
  onClose,
}: {
  readonly session: Session;
  readonly incident: Incident;
  readonly onClose: () => void;
}): JSX.Element {
  const text = words.value.watch.incidents;
  const room = session.desk.value;
  const { event, samples, events, whole, atMs } = incident;
  return (
    <div class="incident" data-testid="incident-detail" data-whole={whole}>
      {!whole && <p class="note">{text.counting}</p>}
      <Plots samples={samples} zeroMs={atMs} mark={0} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and holds nothing to tab to */}
      <ol class="incident-events" aria-label={text.heading} tabIndex={0}>
        {events.map((each) => (
          <li key={keyOf(each)} class={keyOf(each) === keyOf(event) ? "incident-itself" : ""}>
            <time>{clockTime(each.at_unix_ms)}</time>
            <span>
              {words.value.eventText(each, {
                by: nameOf(room, each.by ?? null),
                to: nameOf(room, each.to ?? null),
              })}
            </span>
          </li>
        ))}
      </ol>
      <div class="row">
        <button type="button" data-testid="incident-save" onClick={() => save(incident)}>
          {text.save}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {text.back}
        </button>
      </div>
    </div>
  );
}

function save(incident: Incident): void {
  const file = new Blob([JSON.stringify(incident, null, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `stagebridge-${incident.event.kind}-${incident.event.at_unix_ms}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
