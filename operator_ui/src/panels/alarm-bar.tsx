import type { JSX } from "preact";
import { isLoud } from "../session/alarms";
import type { Session } from "../session/session";
import { clockTime } from "../strings/figures";
import { words } from "../strings/language";

/** What staff must not miss. It flashes until somebody acknowledges it, and sounds where a click has armed that. */
export function AlarmBar({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.watch.alarms;
  const { alarms, sound } = session.watch;
  const list = alarms.value;
  const loud = isLoud(list);
  const armed = sound.armed.value;
  return (
    <section
      class={loud ? "alarms alarms-loud" : "alarms"}
      aria-label={text.heading}
      data-testid="alarms"
      data-loud={loud}
    >
      <ul class="alarm-list" aria-live="assertive">
        {list.length === 0 && <li class="muted">{text.none}</li>}
        {list.map((alarm) => (
          <li
            key={alarm.kind}
            class={alarm.over ? "alarm alarm-over" : "alarm"}
            data-testid="alarm"
            data-alarm={alarm.kind}
            data-over={alarm.over}
            data-seen={alarm.acknowledged}
          >
            <svg class="icon-small" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
              <path d="M8 2 15 14H1zM8 6v4M8 12v.5" />
            </svg>
            <span>
              {text.of[alarm.kind]}{" "}
              <span class="muted">
                {text.since(clockTime(Date.now() - (session.nowMs.value - alarm.sinceMs)))}
                {alarm.over ? ` · ${text.over}` : ""}
                {alarm.acknowledged ? ` · ${text.seen}` : ""}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class={loud ? "primary" : ""}
        data-testid="alarm-acknowledge"
        disabled={!loud}
        onClick={() => session.watch.acknowledge()}
      >
        {text.acknowledge}
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="alarm-sound"
        aria-pressed={armed}
        title={armed ? text.armed : text.silent}
        onClick={() => void sound.arm(!armed)}
      >
        {armed ? text.disarm : text.arm}
      </button>
    </section>
  );
}
