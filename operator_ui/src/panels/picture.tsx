import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../session/session";
import { span } from "../strings/figures";
import { words } from "../strings/language";
import { OutcomeNote } from "./outcome-note";
import { TroubleNote, troubleOf } from "./trouble-note";

/** The stage, as large as it can be; greyed when it is not the stage of now. */
export function Picture({ session }: { readonly session: Session }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const stream = session.stream.value;
  useEffect(() => {
    const element = video.current;
    if (element === null || stream === null) return;
    element.srcObject = stream;
    return session.call.frames.watch(element);
  }, [session, stream]);
  const picture = session.picture.value;
  const trouble = troubleOf(session.standing.value);
  const text = words.value.picture;
  const bridgeAway = session.link.value.kind !== "open" && trouble === null && session.direct.value;
  return (
    <section class="picture" data-testid="picture" data-picture={picture.kind} aria-label={text.name}>
      <video
        ref={video}
        class="picture-video"
        data-testid="picture-video"
        autoplay
        playsinline
        muted
        disablepictureinpicture
        aria-label={text.name}
      />
      {trouble !== null && <TroubleNote trouble={trouble} />}
      {trouble === null && picture.kind === "none" && (
        <div class="picture-wait" data-testid="picture-wait">
          <p class="picture-wait-title">{text.waiting}</p>
          <p>{words.value.noPicture[picture.why]}</p>
        </div>
      )}
      {trouble === null && picture.kind === "stale" && (
        <p class="picture-chip tone-warn" data-testid="picture-age">
          {text.stale(span(picture.ageMs))}
          {picture.why !== null && <span class="muted"> {words.value.noPicture[picture.why]}</span>}
        </p>
      )}
      {bridgeAway && (
        <p class="picture-chip picture-chip-top tone-warn" data-testid="bridge-away">
          {text.bridgeAway}
        </p>
      )}
      <OutcomeNote session={session} />
    </section>
  );
}
