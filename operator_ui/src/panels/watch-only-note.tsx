import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** To an observer: that this page is for watching, and whether its STOP counts. */
export function WatchOnlyNote({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  return <p class="note">{session.reach.value === "muted" ? text.watchOnlyMuted : text.watchOnly}</p>;
}
