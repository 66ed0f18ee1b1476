import type { JSX } from "preact";
import { peopleOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { PersonLine } from "./person-line";

/** Who is in the room; the driver and staff may hand the controls over from here, and staff mute and unmute. */
export function PeoplePanel({ session }: { readonly session: Session }): JSX.Element | null {
  const room = session.desk.value;
  const robot = session.robot.value;
  const driver = robot?.driver ?? null;
  const drives = robot?.fresh ? "now" : "last";
  if (room.peers.length === 0) return null;
  return (
    <section class="panel people" aria-labelledby="people-heading">
      <h2 id="people-heading">
        {words.value.staff.people} <span class="count">{room.peers.length}</span>
      </h2>
      <ul data-testid="people">
        {peopleOf(room).map((person) => (
          <PersonLine
            key={person.id}
            session={session}
            person={person}
            drives={person.id === driver ? drives : null}
          />
        ))}
      </ul>
    </section>
  );
}
