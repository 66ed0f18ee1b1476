import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

type Rows = readonly (readonly [string, string])[];

/** Which keys do what. */
export function KeysPanel({ session }: { readonly session: Session }): JSX.Element {
  return (
    <section class="panel keys" aria-labelledby="keys-heading">
      <h2 id="keys-heading">{words.value.keys.heading}</h2>
      <Keys rows={keyRows(session)} />
    </section>
  );
}

/** The same and a gamepad's buttons, large and over the page; STOP stays free. */
export function HelpSheet({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.keys;
  const { help } = session.comfort;
  if (!help.value) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="panel help" aria-labelledby="help-heading" data-testid="help" tabIndex={0}>
      <h2 id="help-heading">{text.heading}</h2>
      <Keys rows={keyRows(session)} />
      <h2>{text.pad}</h2>
      <Keys rows={padRows(session)} />
      <p class="note">{text.padNote}</p>
      <button
        type="button"
        data-testid="help-close"
        onClick={() => {
          help.value = false;
        }}
      >
        {text.close}
      </button>
    </section>
  );
}

/** Shows and hides the sheet. */
export function HelpButton({ session }: { readonly session: Session }): JSX.Element {
  const { help } = session.comfort;
  return (
    <button
      type="button"
      class="quiet screen-button"
      data-testid="help-open"
      aria-pressed={help.value}
      onClick={() => {
        help.value = !help.value;
      }}
    >
      {words.value.keys.open}
    </button>
  );
}

function Keys({ rows }: { readonly rows: Rows }): JSX.Element {
  return (
    <dl>
      {rows.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

function keyRows(session: Session): Rows {
  const text = words.value.keys;
  const profile = session.desk.value.profile;
  return [
    ["W S", text.drive],
    ["A D", text.turn],
    ...when(profile?.holonomic === true, ["Q E", text.strafe]),
    ...when(session.gestures.view.value !== null, ["1-9", words.value.gesture.key]),
    ["T", words.value.show.markKey],
    ...when(profile?.look != null, ["J L", words.value.gesture.lookKey]),
    ...when(session.show.view.value !== null, ["G", words.value.show.key]),
    ["Shift", text.slow],
    ["Space Esc", text.stop],
    ...when(session.sound.value !== null, ["V", text.talk], ["B", text.talkBackstage], ["M", text.mute]),
    ["?", text.help],
  ];
}

function padRows(session: Session): Rows {
  const text = words.value.keys;
  const profile = session.desk.value.profile;
  return [
    ["LB", text.padHold],
    ["RB", text.padFast],
    [text.padLeft, text.padDrive],
    ...when(profile?.look != null, [text.padRight, words.value.gesture.lookKey]),
    ...when(session.gestures.view.value !== null, [text.padCross, text.padGestures]),
    ["B Back", text.stop],
  ];
}

function when(shown: boolean, ...rows: Rows): Rows {
  return shown ? rows : [];
}
