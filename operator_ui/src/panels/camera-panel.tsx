import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import type { CameraState } from "../wire/messages.gen";

/** Which camera fills the picture, and how each is. Not shown for one camera that works. */
export function CameraPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const view = session.cameras.value;
  if (view === null) return null;
  const text = words.value.cameras;
  return (
    <section class="panel cameras" aria-labelledby="cameras-heading" data-testid="cameras">
      <h2 id="cameras-heading">{text.heading}</h2>
      <fieldset class="camera-choice" aria-labelledby="cameras-heading">
        {view.cameras.map((camera) => (
          <button
            key={camera.name}
            type="button"
            data-testid="camera"
            data-camera={camera.name}
            data-health={camera.health}
            aria-pressed={camera.name === view.main}
            disabled={!view.mayChoose}
            onClick={() => session.ask({ type: "choose_camera", name: camera.name })}
          >
            <span>{camera.name}</span>
            <Word camera={camera} alone={view.cameras.length === 1} />
          </button>
        ))}
      </fieldset>
      {view.cameras.map(
        ({ name, missing = "" }) =>
          missing !== "" && (
            <p key={name} class="note tone-warn" data-testid="camera-missing">
              {text.missing(name, missing)}
            </p>
          ),
      )}
      {view.mayChoose && <p class="note">{text.note}</p>}
    </section>
  );
}

function Word({
  camera,
  alone,
}: {
  readonly camera: CameraState;
  readonly alone: boolean;
}): JSX.Element | null {
  const text = words.value.cameras;
  if (camera.health !== "live") return <span class="tone-warn">{text.health[camera.health]}</span>;
  return camera.drive && !alone ? <span class="muted">{text.drive}</span> : null;
}
