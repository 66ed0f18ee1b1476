import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../session/session";
import type { FaceWords } from "../strings/face-en";
import { words } from "../strings/language";

/**
 * The presenter's own camera: switched on by a click, seen small here and, while they drive, on the robot. Not there
 * for a robot without a display.
 */
export function FacePanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.face;
  const state = session.face.state.value;
  const display = session.roads.faceTaken.value;
  const trouble = state.kind === "off" ? state.trouble : null;
  if (display !== true && state.kind === "off" && trouble === null) return null;
  return (
    <section class="panel face" aria-labelledby="face-heading" data-testid="face" data-face={state.kind}>
      <h2 id="face-heading">{text.heading}</h2>
      {state.kind === "on" && <SelfView stream={state.stream} name={text.selfView} />}
      {state.kind === "off" ? (
        <button
          type="button"
          data-testid="face-on"
          disabled={display !== true}
          onClick={() => void session.face.turnOn()}
        >
          {text.turnOn}
        </button>
      ) : (
        <button type="button" data-testid="face-off" onClick={() => session.face.turnOff()}>
          {state.kind === "opening" ? text.opening : text.turnOff}
        </button>
      )}
      {trouble === null ? (
        <p class="note" data-testid="face-note">
          {text.note[noteOf(state.kind === "on", display, session.lease.value !== null)]}
        </p>
      ) : (
        <p class="note tone-warn" data-testid="face-trouble">
          {text.trouble[trouble]}
        </p>
      )}
    </section>
  );
}

function noteOf(on: boolean, display: boolean | null, driving: boolean): keyof FaceWords["note"] {
  if (display === false) return "noDisplay";
  if (display === null) return "noCall";
  if (!on) return "off";
  return driving ? "shown" : "waiting";
}

/** Mirrored, as people know themselves. */
function SelfView({ stream, name }: { readonly stream: MediaStream; readonly name: string }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={video}
      class="face-self"
      data-testid="face-self"
      autoplay
      playsinline
      muted
      aria-label={name}
    />
  );
}
