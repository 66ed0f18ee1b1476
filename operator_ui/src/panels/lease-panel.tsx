import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { DriverLine } from "./driver-line";

/** The presenter's way to the controls: ask, answer an offer, give back. */
export function LeasePanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  return (
    <section class="panel lease" aria-labelledby="lease-heading">
      <h2 id="lease-heading">{text.heading}</h2>
      <DriverLine session={session} />
      <Acts session={session} />
      <PadNote session={session} />
    </section>
  );
}

/** Each act is a button of its own, by key: a focus must not pass from “ask” to “give back”. */
function Acts({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  const room = session.desk.value;
  const me = room.me;
  const offer = room.status?.offer ?? null;
  const lease = session.lease.value;
  if (lease !== null) {
    return (
      <button
        key="give-back"
        type="button"
        data-testid="give-back"
        disabled={session.isWaiting("lease_return")}
        onClick={() => session.ask({ type: "lease_return", fence: lease.fence })}
      >
        {text.giveBack}
      </button>
    );
  }
  if (me?.role === "observer") return <p class="note">{text.watchOnly}</p>;
  if (me !== null && offer?.to === me.id) {
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
  if (me !== null && room.status?.requests.includes(me.id)) {
    return (
      <button
        key="withdraw"
        type="button"
        data-testid="withdraw"
        onClick={() => session.ask({ type: "lease_withdraw" })}
      >
        {text.withdraw}
      </button>
    );
  }
  const robot = session.robot.value;
  const away = robot === null || !robot.fresh;
  const stopped = session.standing.value.word === "stopped";
  const asking = session.isWaiting("lease_request");
  return (
    <>
      <button
        key="ask"
        type="button"
        class="primary"
        data-testid="ask"
        disabled={away || stopped || asking}
        onClick={() => session.ask({ type: "lease_request" })}
      >
        {asking ? text.asking : text.ask}
      </button>
      {(away || stopped) && <p class="note">{away ? text.blocked.away : text.blocked.stopped}</p>}
    </>
  );
}

function PadNote({ session }: { readonly session: Session }): JSX.Element | null {
  const pad = session.hands.padState.value;
  if (pad.kind === "absent") return null;
  return (
    <p class={pad.kind === "ready" ? "note" : "note tone-warn"} data-testid="pad" data-pad={pad.kind}>
      {pad.kind === "ready" ? words.value.drive.padReady : words.value.drive.padUnusable}
    </p>
  );
}
