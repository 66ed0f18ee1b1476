import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Who is in the room; the driver and staff may hand the controls over from here. */
export function PeoplePanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.staff;
  const room = session.desk.value;
  const robot = session.robot.value;
  const driver = robot?.driver ?? null;
  const mayOffer = (session.lease.value !== null || session.hasRole("staff")) && robot?.fresh === true;
  const blocked = session.standing.value.word === "stopped";
  if (room.peers.length === 0) return null;
  return (
    <section class="panel people" aria-labelledby="people-heading">
      <h2 id="people-heading">
        {text.people} <span class="count">{room.peers.length}</span>
      </h2>
      <ul data-testid="people">
        {room.peers.map((peer) => {
          const me = peer.id === room.me?.id;
          const asks = room.status?.requests.includes(peer.id) === true;
          return (
            <li key={peer.id} data-testid={`person-${peer.id}`} data-role={peer.role}>
              <span class="person-name">{peer.name}</span>
              <span class="person-role">
                {words.value.role[peer.role]}
                {me && ` · ${text.you}`}
                {peer.id === driver && ` · ${text.drives}`}
              </span>
              {mayOffer && !me && !asks && peer.id !== driver && peer.role !== "observer" && (
                <button
                  type="button"
                  class="quiet"
                  data-testid={`offer-${peer.id}`}
                  aria-label={text.offerName(peer.name)}
                  disabled={blocked || session.isWaiting("lease_offer")}
                  onClick={() => session.ask({ type: "lease_offer", to: peer.id })}
                >
                  {text.offer}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
