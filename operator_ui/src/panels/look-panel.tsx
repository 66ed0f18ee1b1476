import type { JSX } from "preact";
import type { Session } from "../session/session";
import { figure } from "../strings/figures";
import { words } from "../strings/language";

/** Whither the robot looks, for whoever drives, and whether it moves with the voice. */
export function LookPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.gesture;
  const profile = session.desk.value.profile;
  const reach = profile?.look ?? null;
  if (reach === null && profile?.co_speech !== true) return null;
  const may = session.lease.value !== null;
  const { pan_rad } = session.look.wish.value;
  const rows: readonly (readonly [string, string, string])[] = [
    ...(reach !== null && reach.pan_rad > 0
      ? ([
          ["KeyJ", text.lookLeft, "←"],
          ["KeyL", text.lookRight, "→"],
        ] as const)
      : []),
    ...(reach !== null && reach.tilt_rad > 0
      ? ([
          ["KeyI", text.lookUp, "↑"],
          ["KeyK", text.lookDown, "↓"],
        ] as const)
      : []),
  ];
  return (
    <section class="panel look" aria-labelledby="look-heading" data-testid="look">
      <h2 id="look-heading">{text.look}</h2>
      {reach !== null && (
        <>
          <div class="row">
            {rows.map(([code, name, arrow]) => (
              <button
                key={code}
                type="button"
                class="look-turn"
                data-testid={`look-${code}`}
                aria-label={`${name} ${code.slice(3)}`}
                aria-keyshortcuts={code.slice(3)}
                disabled={!may}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  session.look.hold(code, true);
                }}
                onPointerUp={() => session.look.hold(code, false)}
                onLostPointerCapture={() => session.look.hold(code, false)}
                onContextMenu={(event) => event.preventDefault()}
              >
                <span aria-hidden="true">{arrow}</span>
                <kbd>{code.slice(3)}</kbd>
              </button>
            ))}
            <button
              type="button"
              data-testid="look-ahead"
              disabled={!may || pan_rad === 0}
              onClick={() => session.look.ahead()}
            >
              {text.lookAhead}
            </button>
          </div>
          <p class="note" data-testid="look-note" data-pan={pan_rad.toFixed(2)}>
            {text.lookNow(figure((pan_rad * 180) / Math.PI, "°"))}
          </p>
        </>
      )}
      <CoSpeech session={session} />
    </section>
  );
}

/** Whether arms and head move with the voice: on or off, for presenter and staff. */
export function CoSpeech({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.gesture;
  const { profile, status } = session.desk.value;
  if (profile?.co_speech !== true) return null;
  const on = status?.co_speech ?? false;
  return (
    <button
      type="button"
      class="co-speech"
      data-testid="co-speech"
      aria-pressed={on}
      title={text.coSpeechNote[on ? "on" : "off"]}
      disabled={session.robot.value?.fresh !== true || session.isWaiting("move_with_voice")}
      onClick={() => session.ask({ type: "move_with_voice", on: !on })}
    >
      {text.coSpeech}
    </button>
  );
}
