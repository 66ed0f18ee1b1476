import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "../session/session";
import { span } from "../strings/figures";
import { words } from "../strings/language";
import { FreshNote } from "./notes-panel";
import { OutcomeNote } from "./outcome-note";
import { TroubleNote, troubleOf } from "./trouble-note";

const WIDE = 16 / 9;

/** The stage, as large as it can be, in the shape it comes in; greyed when it is not the stage of now. */
export function Picture({ session }: { readonly session: Session }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [shape, setShape] = useState(WIDE);
  const { call, direct, link } = session.roads;
  const stream = session.roads.stream.value;
  useEffect(() => {
    const element = video.current;
    if (element === null || stream === null) return;
    element.srcObject = stream;
    return call.frames.watch(element);
  }, [call, stream]);
  const picture = session.gauges.picture.value;
  const trouble = troubleOf(session.standing.value);
  const text = words.value.picture;
  /** The last picture stays in sight while the page tries to come back; not for somebody who was sent off. */
  const keepsLast = picture.kind === "stale" && trouble?.kind !== "ended";
  const bridgeAway = link.value.kind !== "open" && trouble === null && direct.value;
  const measure = ({ currentTarget: { videoWidth, videoHeight } }: { currentTarget: HTMLVideoElement }) => {
    if (videoWidth > 0 && videoHeight > 0) setShape(videoWidth / videoHeight);
  };
  return (
    <section
      class={trouble === null ? "picture" : "picture picture-troubled"}
      data-testid="picture"
      data-picture={picture.kind}
      aria-label={text.name}
      style={{ "--shape": shape.toFixed(4) }}
    >
      <div class="picture-frame">
        <video
          ref={video}
          class="picture-video"
          data-testid="picture-video"
          autoplay
          playsinline
          muted
          disablepictureinpicture
          aria-label={text.name}
          onLoadedMetadata={measure}
          onResize={measure}
        />
        {trouble !== null && <TroubleNote trouble={trouble} underPicture={keepsLast} />}
        {trouble === null && picture.kind === "none" && (
          <div class="picture-wait" data-testid="picture-wait">
            <p class="picture-wait-title">{text.waiting}</p>
            <p>{words.value.noPicture[picture.why]}</p>
          </div>
        )}
        {keepsLast && (
          <p
            class={trouble === null ? "picture-chip tone-warn" : "picture-chip picture-chip-top tone-warn"}
            data-testid="picture-age"
            data-ms={Math.round(picture.ageMs)}
          >
            {text.stale(span(picture.ageMs))}
            {picture.why !== null && <span class="muted"> {words.value.noPicture[picture.why]}</span>}
          </p>
        )}
        {bridgeAway && (
          <p class="picture-chip picture-chip-top tone-warn" data-testid="bridge-away">
            {text.bridgeAway}
          </p>
        )}
        <FreshNote session={session} />
        <OutcomeNote session={session} />
      </div>
    </section>
  );
}
