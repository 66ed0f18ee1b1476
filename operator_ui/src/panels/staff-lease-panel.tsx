import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { DriverLine } from "./driver-line";
import { GiveBack } from "./give-back";
import { OfferNote } from "./offer-note";
import { PaceChoice } from "./pace-choice";
import { StickPad } from "./stick-pad";

/** Who drives, as staff decide it: take, revoke, grant a request. */
export function StaffLeasePanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.staff;
  const room = session.desk.value;
  const robot = session.robot.value;
  const driver = robot?.driver ?? null;
  const lease = session.lease.value;
  const blocked = robot?.fresh !== true || session.standing.value.word === "stopped";
  return (
    <section class="panel staff-lease" aria-labelledby="controls-heading">
      <h2 id="controls-heading">{text.controls}</h2>
      <DriverLine session={session} />
      <OfferNote session={session} />
      <div class="row">
        {lease === null ? (
          <button
            key="take"
            type="button"
            data-testid="take"
            title={text.takeNote}
            disabled={blocked || session.isWaiting("lease_take")}
            onClick={() => session.ask({ type: "lease_take" })}
          >
            {text.take}
          </button>
        ) : (
          <GiveBack key="give-back" session={session} lease={lease} />
        )}
        <button
          type="button"
          data-testid="revoke"
          disabled={
            driver === null || lease !== null || robot?.fresh !== true || session.isWaiting("lease_revoke")
          }
          onClick={() => session.ask({ type: "lease_revoke" })}
        >
          {text.revoke}
        </button>
      </div>
      {lease !== null && (
        <div class="staff-drive">
          <StickPad session={session} />
          <PaceChoice session={session} />
        </div>
      )}
      <RequestQueue session={session} blocked={blocked} />
      {room.status?.staff_required === true && (
        <p class="note" data-testid="staff-required">
          {text.watch}
        </p>
      )}
    </section>
  );
}

function RequestQueue({
  session,
  blocked,
}: {
  readonly session: Session;
  readonly blocked: boolean;
}): JSX.Element {
  const text = words.value.staff;
  const room = session.desk.value;
  const requests = room.status?.requests ?? [];
  return (
    <div class="requests" data-testid="requests">
      <h3>
        {text.requests} {requests.length > 0 && <span class="count count-live">{requests.length}</span>}
      </h3>
      {requests.length === 0 && <p class="note">{text.noRequests}</p>}
      <ul>
        {requests.map((id) => {
          const name = nameOf(room, id) ?? id;
          return (
            <li key={id}>
              <span class="person-name">{name}</span>
              <button
                type="button"
                class="primary"
                data-testid={`grant-${id}`}
                aria-label={text.grantName(name)}
                disabled={blocked || session.isWaiting("lease_offer")}
                onClick={() => session.ask({ type: "lease_offer", to: id })}
              >
                {text.grant}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
