import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** The controls on offer: to whom; and whether to accept, for the one who is meant. */
export function OfferNote({ session }: { readonly session: Session }): JSX.Element | null {
  const room = session.desk.value;
  const offer = room.status?.offer ?? null;
  const text = words.value.drive;
  if (offer === null) return null;
  if (offer.to !== room.me?.id) return <p class="note">{text.offered(nameOf(room, offer.to))}</p>;
  return (
    <>
      <p class="note">{text.offer(nameOf(room, offer.by), Math.ceil(offer.expires_in_ms / 1000))}</p>
      <div class="row">
        <button
          type="button"
          class="primary"
          data-testid="accept"
          onClick={() => session.ask({ type: "lease_accept" })}
        >
          {text.accept}
        </button>
        <button type="button" data-testid="decline" onClick={() => session.ask({ type: "lease_decline" })}>
          {text.decline}
        </button>
      </div>
    </>
  );
}
