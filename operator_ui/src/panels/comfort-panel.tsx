import type { JSX } from "preact";
import type { WantedMedia } from "../media/sections";
import type { Session } from "../session/session";
import { words } from "../strings/language";

const CHOICES: readonly WantedMedia[] = ["all", "sound", "commands"];

/** What comes in, and how the page sits on its screen. */
export function ComfortPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.watch.tools;
  const { comfort } = session;
  const media = session.media.value;
  return (
    <section class="panel comfort" aria-labelledby="comfort-heading" data-testid="comfort">
      <h2 id="comfort-heading">{text.frugal}</h2>
      <div class="row">
        {CHOICES.map((each) => (
          <button
            key={each}
            type="button"
            data-testid={`media-${each}`}
            aria-pressed={media === each}
            onClick={() => {
              session.media.value = each;
            }}
          >
            {text.frugalOf[each]}
          </button>
        ))}
      </div>
      <p class="note" data-testid="media-note">
        {text.frugalNote[media]}
      </p>
      {!window.isSecureContext && (
        <p class="note tone-warn" data-testid="no-tls">
          {text.noTls}
        </p>
      )}
      <p class="note" data-testid="awake" data-awake={comfort.awake.value}>
        {comfort.awake.value === "on" ? text.awake : text.mayFallAsleep}
      </p>
    </section>
  );
}

/** The full screen, and for staff the wall. */
export function ScreenButtons({
  session,
  wall,
}: {
  readonly session: Session;
  readonly wall: boolean;
}): JSX.Element {
  const text = words.value.watch.tools;
  const { comfort } = session;
  const full = comfort.fullscreen.value;
  return (
    <>
      {comfort.canFullscreen && (
        <button
          type="button"
          class="quiet screen-button"
          data-testid="fullscreen"
          aria-pressed={full}
          onClick={() => void comfort.toggleFullscreen()}
        >
          {full ? text.leaveFullscreen : text.fullscreen}
        </button>
      )}
      {wall && (
        <button
          type="button"
          class="quiet screen-button"
          data-testid="wall"
          aria-pressed={comfort.wall.value}
          onClick={() => {
            comfort.wall.value = !comfort.wall.value;
          }}
        >
          {comfort.wall.value ? text.leaveWall : text.wall}
        </button>
      )}
    </>
  );
}
