/** V held talks to the hall, B to presenters and staff alone, M mutes; never while somebody writes. */
import { isTextField } from "../drive/hands";
import type { Voice } from "../media/voice";
import type { SpokenTo } from "../wire/messages.gen";

const HELD: Readonly<Record<string, SpokenTo>> = { KeyV: "hall", KeyB: "backstage" };

/** Listen to the page. Returns how to stop. */
export function attachVoiceKeys(page: Window, voice: Voice): () => void {
  const listening = new AbortController();
  const { signal: until } = listening;
  const hush = () => voice.talk(null);
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      const to = HELD[event.code];
      if (to !== undefined) voice.talk(to);
      if (event.code === "KeyM") voice.toggleMute();
    },
    { signal: until },
  );
  page.addEventListener("keyup", (event) => voice.held.peek() === HELD[event.code] && hush(), {
    signal: until,
  });
  page.addEventListener("blur", hush, { signal: until });
  page.addEventListener("pagehide", () => voice.turnOff(), { signal: until });
  return () => listening.abort();
}
