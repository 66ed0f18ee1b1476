/** V held talks, M mutes; never while somebody writes. */
import { isTextField } from "../drive/hands";
import type { Voice } from "../media/voice";

/** Listen to the page. Returns how to stop. */
export function attachVoiceKeys(page: Window, voice: Voice): () => void {
  const listening = new AbortController();
  const { signal: until } = listening;
  const hush = () => voice.talk(false);
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      if (event.code === "KeyV") voice.talk(true);
      if (event.code === "KeyM") voice.toggleMute();
    },
    { signal: until },
  );
  page.addEventListener("keyup", (event) => event.code === "KeyV" && hush(), { signal: until });
  page.addEventListener("blur", hush, { signal: until });
  page.addEventListener("pagehide", () => voice.turnOff(), { signal: until });
  return () => listening.abort();
}
