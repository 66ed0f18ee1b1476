import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Person } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { CheckSummary } from "./check-summary";
import { MutedIcon } from "./icons";

interface PersonLineProps {
  readonly session: Session;
  readonly person: Person;
  /** Whether this is the driver, as the robot says or as it said last. */
  readonly drives: "now" | "last" | null;
}

/** Somebody in the room: who, and what one may do with them. Muting takes away a STOP, so it asks once more. */
export function PersonLine({ session, person, drives }: PersonLineProps): JSX.Element {
  const { id, name, role, muted } = person;
  const [asks, setAsks] = useState(false);
  const mute = useRef<HTMLButtonElement>(null);
  const text = words.value.staff;
  const { me, status } = session.desk.value;
  const heard = session.robot.value?.fresh === true;
  const staff = session.hasRole("staff");
  const isMe = id === me?.id;
  const mayOffer =
    heard &&
    (session.lease.value !== null || staff) &&
    !(isMe || drives !== null || muted || role === null || role === "observer") &&
    status?.requests.includes(id) !== true;
  const mayMute = heard && staff && !isMe && role !== "staff";
  const mayConfirm = asks && mayMute && !muted;
  const set = (to: boolean) => {
    setAsks(false);
    session.ask({ type: "mute", peer: id, muted: to });
  };
  const answer = (yes: boolean) => {
    mute.current?.focus(); // the buttons of the question go away
    if (yes) set(true);
    else setAsks(false);
  };
  return (
    <li
      data-testid={`person-${id}`}
      data-role={role ?? "gone"}
      data-muted={muted}
      data-drives={drives ?? undefined}
    >
      <div class="person">
        <span class="person-name">{name}</span>
        <span class="person-role">
          {role === null ? text.gone : words.value.role[role]}
          {isMe && ` · ${text.you}`}
          {drives !== null && ` · ${text.drives[drives]}`}
        </span>
      </div>
      {mayOffer && (
        <button
          key="offer"
          type="button"
          class="quiet"
          data-testid={`offer-${id}`}
          aria-label={text.offerName(name)}
          disabled={session.standing.value.word === "stopped" || session.isWaiting("lease_offer")}
          onClick={() => session.ask({ type: "lease_offer", to: id })}
        >
          {text.offer}
        </button>
      )}
      {mayMute && (
        <button
          key="mute"
          ref={mute}
          type="button"
          class="quiet"
          data-testid={`${muted ? "unmute" : "mute"}-${id}`}
          aria-label={muted ? text.unmuteName(name) : text.muteName(name)}
          aria-expanded={muted ? undefined : mayConfirm}
          onClick={() => (muted ? set(false) : setAsks(!asks))}
        >
          {muted ? text.unmute : text.mute}
        </button>
      )}
      {muted && (
        <p class="person-muted tone-warn">
          <MutedIcon /> {text.muted}
        </p>
      )}
      {staff && <CheckSummary session={session} peer={id} />}
      {mayConfirm && (
        // biome-ignore lint/a11y/useSemanticElements: a question and its two answers, no form
        <div class="person-ask" role="group" aria-label={text.muteName(name)}>
          <p>{text.muteAsk(name)}</p>
          <div class="row">
            <button type="button" data-testid={`mute-now-${id}`} onClick={() => answer(true)}>
              {text.muteNow}
            </button>
            <button type="button" class="quiet" onClick={() => answer(false)}>
              {text.cancel}
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
