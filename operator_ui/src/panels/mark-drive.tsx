import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Held, it has the robot steer itself to the mark of the cue that runs, or to the start mark; let go, it stands. */
export function MarkDrive({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.show;
  const { name, goal } = session.show.mark;
  const may = session.lease.value !== null;
  if (!may) return null;
  const up = (event: PointerEvent) => session.hands.moveToMark({ kind: "up", pointer: event.pointerId });
  const held = session.hands.toMark.value !== null;
  return (
    <button
      type="button"
      class={held ? "mark-drive mark-held" : "mark-drive"}
      data-testid="mark-drive"
      aria-keyshortcuts="T"
      aria-pressed={held}
      title={text.markNote}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        session.hands.moveToMark({ kind: "down", pointer: event.pointerId, goal });
      }}
      onPointerUp={up}
      onPointerCancel={up}
      onLostPointerCapture={up}
      onContextMenu={(event) => event.preventDefault()}
    >
      <span>{text.markDrive(name ?? text.markHome)}</span>
      <kbd>T</kbd>
    </button>
  );
}
