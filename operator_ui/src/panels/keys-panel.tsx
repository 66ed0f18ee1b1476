import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Which keys do what. */
export function KeysPanel({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.keys;
  const holonomic = session.desk.value.profile?.holonomic === true;
  const rows: readonly (readonly [string, string])[] = [
    ["W S", text.drive],
    ["A D", text.turn],
    ...(holonomic ? [["Q E", text.strafe] as const] : []),
    ...(session.gestures.view.value === null ? [] : [["1-9", words.value.gesture.key] as const]),
    ["T", words.value.show.markKey],
    ...(session.desk.value.profile?.look ? [["J L", words.value.gesture.lookKey] as const] : []),
    ...(session.show.view.value === null ? [] : [["G", words.value.show.key] as const]),
    ["Shift", text.slow],
    ["Space Esc", text.stop],
    ...(session.sound.value === null ? [] : [["V", text.talk] as const, ["M", text.mute] as const]),
  ];
  return (
    <section class="panel keys" aria-labelledby="keys-heading">
      <h2 id="keys-heading">{text.heading}</h2>
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
    </section>
  );
}
