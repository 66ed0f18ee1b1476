import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Clearing the STOP: two acts, at standstill, by staff. It moves nothing. */
export function ResetPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.staff;
  const room = session.desk.value;
  const robot = session.robot.value;
  const state = robot?.fresh ? robot.state : null;
  const latched = state === "stopped" || state === "boot";
  const moving = state === "stopping";
  const offer = room.status?.reset ?? null;
  const level = room.status?.latch?.level ?? "settle";
  const clearable = latched && level === "settle";
  let note = text.resetNothing;
  if (state === null) note = text.resetUnknown;
  else if ((moving || latched) && level !== "settle") note = text.resetOnSite[level];
  else if (moving) note = text.resetMoving;
  else if (latched) {
    note =
      offer === null
        ? text.resetStill
        : text.resetBy(nameOf(room, offer.by), Math.ceil(offer.expires_in_ms / 1000));
  }
  return (
    <section class="panel reset" aria-labelledby="reset-heading" data-testid="reset">
      <h2 id="reset-heading">{text.reset}</h2>
      <p class="note reset-note">{note}</p>
      <div class="row">
        <button
          type="button"
          class={clearable && offer === null ? "primary" : ""}
          data-testid="reset-1"
          disabled={!clearable || offer !== null || session.isWaiting("reset_prepare")}
          onClick={() => session.ask({ type: "reset_prepare" })}
        >
          {latched && !clearable ? text.resetReleaseFirst : text.reset1}
        </button>
        <button
          type="button"
          class={offer === null ? "" : "primary"}
          data-testid="reset-2"
          disabled={!clearable || offer === null || session.isWaiting("reset_confirm")}
          onClick={() => offer !== null && session.ask({ type: "reset_confirm", code: offer.code })}
        >
          {text.reset2}
        </button>
      </div>
      {clearable && <p class="note">{text.resetNeeds}</p>}
    </section>
  );
}
