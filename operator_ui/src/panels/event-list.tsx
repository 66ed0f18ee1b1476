import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { clockTime, dateTime } from "../strings/figures";
import { words } from "../strings/language";

/** What happened, newest first. */
export function EventList({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value;
  const room = session.desk.value;
  return (
    <section class="panel events" aria-labelledby="events-heading">
      <h2 id="events-heading">{text.staff.events}</h2>
      {room.events.length === 0 && <p class="note">{text.staff.noEvents}</p>}
      <ol data-testid="events">
        {room.events.map((event) => (
          <li
            key={`${event.source}:${event.seq}:${event.at_unix_ms}`}
            data-kind={event.kind}
            data-testid="event"
          >
            <time dateTime={new Date(event.at_unix_ms).toISOString()} title={dateTime(event.at_unix_ms)}>
              {clockTime(event.at_unix_ms)}
            </time>
            <span>
              {text.eventText(event, {
                by: nameOf(room, event.by ?? null),
                to: nameOf(room, event.to ?? null),
              })}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
