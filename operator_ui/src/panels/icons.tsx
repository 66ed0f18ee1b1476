/** Signs beside words: colour never speaks alone. */
import type { JSX } from "preact";
import type { StateWord } from "../session/state-word";

const PATHS: Readonly<Record<StateWord, string>> = {
  connecting: "M4 12h2M11 12h2M18 12h2",
  viewing:
    "M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6ZM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  asked: "M12 20V6M6.5 11.5 12 6l5.5 5.5",
  you_drive:
    "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM12 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM3.5 11h6.5M14 11h6.5M12 14v7",
  performing: "M12 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM12 8v7M12 10 6 6M12 10l6-4M12 15l-4 6M12 15l4 6",
  slowed: "M5 6l7 6 7-6M5 13l7 6 7-6",
  holding: "M8.5 5v14M15.5 5v14",
  stopped: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3ZM8 12h8",
  link_lost: "M9 15l-2 2a3.5 3.5 0 0 1-5-5l2-2M15 9l2-2a3.5 3.5 0 0 1 5 5l-2 2M9 4.5 10 7M15 19.5 14 17",
};

/** An ear that is struck through: not heard. */
export function MutedIcon(): JSX.Element {
  return (
    <svg class="icon-small" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M7 10a5 5 0 0 1 10 0c0 4-4 4.5-4 8a2.5 2.5 0 0 1-4.5 1.5M4 4l16 16" />
    </svg>
  );
}

export function StateIcon({ word }: { readonly word: StateWord }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[word]} />
    </svg>
  );
}
