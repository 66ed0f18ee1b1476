/** 1 to 9 begin a gesture; never while somebody writes. */
import { isTextField } from "../drive/hands";
import type { GestureDesk } from "./gesture-desk";

const DIGIT = /^(?:Digit|Numpad)([1-9])$/;

/** Listen to the page. Returns how to stop. */
export function attachGestureKeys(page: Window, gestures: GestureDesk): () => void {
  const listening = new AbortController();
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      const digit = DIGIT.exec(event.code)?.[1];
      if (digit !== undefined) gestures.press(Number(digit));
    },
    { signal: listening.signal },
  );
  return () => listening.abort();
}
