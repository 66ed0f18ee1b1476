// Press and hold, for what no touch in passing may do: with a finger, the mouse, Space or Enter. Letting go, sliding off
// and looking away end it; nothing but holding on completes it.

export const HOLD_MS = 1500;
const SLIP_PX = 48; // farther than so from where it came down, a finger has slid off; the page may move under it

const now = () => performance.now();
const isKey = (event) => event.code === "Space" || event.code === "Enter" || event.code === "NumpadEnter";

/**
 * Have `button` call `held(begun)` once it was held for HOLD_MS; `begun` is what `began()` returned when it was pressed.
 *
 * Return `end()`, which lets go in the user's place, and `leftMs()`, null while nobody holds.
 */
export function onHold(button, { began, held }) {
  let until = null;
  let timer = 0;
  let from = null; // where the pointer came down

  const end = () => {
    clearTimeout(timer);
    until = from = null;
    button.classList.remove("held");
  };
  const begin = () => {
    if (until !== null || button.disabled) return;
    const begun = began();
    until = now() + HOLD_MS;
    button.classList.add("held");
    timer = setTimeout(() => {
      end();
      held(begun);
    }, HOLD_MS);
  };

  button.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    from = event;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  button.addEventListener("pointermove", (event) => {
    if (from !== null && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > SLIP_PX)
      end();
  });
  for (const name of ["pointerup", "lostpointercapture", "pointercancel", "blur"])
    button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch asks for it
  button.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere on the page, Space is STOP
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    end();
  });
  addEventListener("blur", end);
  document.addEventListener("visibilitychange", end);

  return { end, leftMs: () => (until === null ? null : Math.max(0, until - now())) };
}
