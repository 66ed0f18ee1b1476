import type { JSX } from "preact";
import type { Session } from "../session/session";
import { clockTime } from "../strings/figures";
import { chooseLanguage, language, otherThan, words } from "../strings/language";
import { ScreenButtons } from "./comfort-panel";
import { HelpButton } from "./keys-panel";

/** The robot's name, the time of day, the screen and the other language. */
export function PageTools({
  session,
  wall = false,
}: {
  readonly session: Session;
  readonly wall?: boolean;
}): JSX.Element {
  const room = session.desk.value;
  session.nowMs.value; // the time of day moves with it
  return (
    <div class="tools">
      <p class="tools-robot">
        <span data-testid="robot-name">{room.robot ?? "–"}</span>
        {room.profile !== null && <span class="muted tools-model">{room.profile.model}</span>}
      </p>
      <time class="tools-time">{clockTime(Date.now()).slice(0, 5)}</time>
      <HelpButton session={session} />
      <ScreenButtons session={session} wall={wall} />
      <button
        type="button"
        class="quiet"
        data-testid="language"
        lang={otherThan(language.value)}
        aria-label={words.value.switchLanguage}
        onClick={() => chooseLanguage(otherThan(language.value), window.localStorage)}
      >
        {words.value.otherLanguage}
      </button>
    </div>
  );
}
