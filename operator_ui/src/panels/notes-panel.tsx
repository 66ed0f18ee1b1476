import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../session/session";
import { clockTime } from "../strings/figures";
import { words } from "../strings/language";

const SHOWN = 6;
const FRESH_MS = 20_000;

/** What presenter and staff write to each other, unheard by the audience. */
export function NotesPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.notes;
  const { notes } = session.desk.value;
  const [line, setLine] = useState("");
  if (!session.hasRole("presenter", "staff")) return null;
  const send = () => {
    session.write(line);
    setLine("");
  };
  return (
    <section class="panel notes" aria-labelledby="notes-heading" data-testid="notes">
      <h2 id="notes-heading">{text.heading}</h2>
      <form
        class="notes-form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <input
          type="text"
          class="text-field"
          data-testid="note-text"
          aria-label={text.text}
          placeholder={text.text}
          maxLength={300}
          value={line}
          onInput={(event) => setLine(event.currentTarget.value)}
        />
        <button type="submit" data-testid="note-send" disabled={line.trim() === ""}>
          {text.send}
        </button>
      </form>
      {notes.length === 0 && <p class="note">{text.none}</p>}
      <ol class="notes-list" aria-live="polite">
        {notes.slice(0, SHOWN).map((note) => (
          <li key={`${note.by.id}:${note.heardMs}`} data-testid="note">
            <span class="muted">{text.from(note.by.name, clockTime(note.at_unix_ms))}</span>
            <span>{note.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A note that has just come from somebody else, over the picture for a while: nobody must look away to read it. */
export function FreshNote({ session }: { readonly session: Session }): JSX.Element | null {
  const room = session.desk.value;
  const newest = room.notes.find((note) => note.by.id !== room.me?.id);
  if (newest === undefined || session.nowMs.value - newest.heardMs > FRESH_MS) return null;
  return (
    <p class="picture-chip note-chip" data-testid="note-fresh">
      {words.value.notes.fresh(newest.by.name, newest.text)}
    </p>
  );
}
