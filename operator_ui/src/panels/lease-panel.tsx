import type { JSX } from "preact";
import type { Session } from "../session/session";
import { speed } from "../strings/figures";
import { words } from "../strings/language";
import { DriverLine } from "./driver-line";
import { GiveBack } from "./give-back";
import { OfferNote } from "./offer-note";
import { WatchOnlyNote } from "./watch-only-note";

/** The presenter's way to the controls: ask, answer an offer, give back. */
export function LeasePanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  return (
    <section class="panel lease" aria-labelledby="lease-heading">
      <h2 id="lease-heading">{text.heading}</h2>
      <DriverLine session={session} />
      <Acts session={session} />
      <CapNote session={session} />
      <PadNote session={session} />
    </section>
  );
}

/** Each act is a button of its own, by key: a focus must not pass from “ask” to “give back”. */
function Acts({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  const room = session.desk.value;
  const me = room.me;
  const lease = session.lease.value;
  if (lease !== null) return <GiveBack key="give-back" session={session} lease={lease} />;
  if (me?.role === "observer") return <WatchOnlyNote session={session} />;
  if (me !== null && room.status?.offer?.to === me.id) return <OfferNote session={session} />;
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
  let blocked: keyof typeof text.blocked | null = null;
  if (session.reach.value === "muted") blocked = "muted";
  else if (robot === null || !robot.fresh) blocked = "away";
  else if (session.standing.value.word === "stopped") blocked = "stopped";
  const asking = session.isWaiting("lease_request");
  return (
    <>
      <button
        key="ask"
        type="button"
        class="primary"
        data-testid="ask"
        disabled={blocked !== null || asking}
        onClick={() => session.ask({ type: "lease_request" })}
      >
        {asking ? text.asking : text.ask}
      </button>
      {blocked !== null && <p class="note">{text.blocked[blocked]}</p>}
    </>
  );
}

function CapNote({ session }: { readonly session: Session }): JSX.Element | null {
  const cap = session.desk.value.status?.speed_cap_mps ?? null;
  if (cap === null) return null;
  return (
    <p class="note tone-warn" data-testid="cap-note">
      {words.value.drive.capped(speed(cap))}
    </p>
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
