/** A question mark shows which keys do what, and hides it again; never while somebody writes. */
import { isTextField } from "../drive/hands";
import type { Comfort } from "./comfort";

/** Listen to the page. Returns how to stop. */
export function attachHelpKey(page: Window, comfort: Comfort): () => void {
  const listening = new AbortController();
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      if (event.key === "?") comfort.help.value = !comfort.help.peek();
    },
    { signal: listening.signal },
  );
  return () => listening.abort();
}
