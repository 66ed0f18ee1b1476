import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { StickInput } from "../drive/stick";
import type { Session } from "../session/session";
import { words } from "../strings/language";

const KNOB_TRAVEL = 0.62; // of the pad's radius, so that the knob stays inside

/** A stick for thumb or mouse: touching it is the dead-man, letting go is neutral. */
export function StickPad({ session }: { readonly session: Session }): JSX.Element {
  const pad = useRef<HTMLDivElement>(null);
  const { pointer, x, y } = session.hands.stick.value;
  const may = session.lease.value !== null;
  const place = (kind: "down" | "move", event: PointerEvent): StickInput => {
    const box = pad.current?.getBoundingClientRect() ?? new DOMRect();
    const radius = (box.width / 2) * KNOB_TRAVEL || 1;
    return {
      kind,
      pointer: event.pointerId,
      x: (event.clientX - box.left - box.width / 2) / radius,
      y: (event.clientY - box.top - box.height / 2) / radius,
    };
  };
  const up = (event: PointerEvent) => session.hands.moveStick({ kind: "up", pointer: event.pointerId });
  return (
    <div
      ref={pad}
      class={pointer === null ? "stick" : "stick stick-held"}
      data-testid="stick"
      role="img"
      aria-label={words.value.drive.stick}
      aria-disabled={!may}
      title={may ? words.value.drive.stick : words.value.drive.stickOff}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        session.hands.moveStick(place("down", event));
      }}
      onPointerMove={(event) => session.hands.moveStick(place("move", event))}
      onPointerUp={up}
      onPointerCancel={up}
      onLostPointerCapture={up}
      onContextMenu={(event) => event.preventDefault()}
    >
      <svg class="stick-marks" viewBox="-50 -50 100 100" aria-hidden="true" focusable="false">
        <path d="M-5-40 0-45l5 5M-5 40 0 45l5-5M-40-5-45 0l5 5M40-5 45 0l-5 5" />
      </svg>
      <span
        class="stick-knob"
        style={{
          transform: `translate(${(x * KNOB_TRAVEL * 100) / 0.84}%, ${(y * KNOB_TRAVEL * 100) / 0.84}%)`,
        }}
      />
    </div>
  );
}
