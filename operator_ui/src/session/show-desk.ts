/** The page's hand on the show: what it shows of it, and what it asks. */
import type { ReadonlySignal } from "@preact/signals";
import { isTextField } from "../drive/hands";
import type { Goal, ShowAct } from "../wire/messages.gen";
import type { Wish } from "./requests";
import type { RobotWord, Room } from "./room";
import { settled } from "./settled";
import { type ShowView, showOf } from "./show-view";

/** The mark that every stage has: its origin. */
const START: Goal = { x_m: 0, y_m: 0, heading_rad: 0 };

/** What it reads of the session. */
export interface ShowSource {
  readonly room: ReadonlySignal<Room>;
  readonly robot: ReadonlySignal<RobotWord | null>;
}

export class ShowDesk {
  /** What the page shows, null for a robot without a show. */
  readonly view: ReadonlySignal<ShowView | null>;
  readonly #room: ReadonlySignal<Room>;
  readonly #ask: (wish: Wish) => void;

  constructor({ room, robot }: ShowSource, ask: (wish: Wish) => void) {
    this.view = settled(() => showOf(room.value, robot.value, room.value.me?.role === "staff"));
    this.#room = room;
    this.#ask = ask;
  }

  /** Where "to the mark" goes: the mark of the cue that runs, else the start mark. */
  get mark(): { readonly name: string | null; readonly goal: Goal } {
    const mark = this.view.value?.mark ?? null;
    return mark ?? { name: null, goal: this.view.value?.marks.find(isStart)?.goal ?? START };
  }

  /** Begin the next cue, or go on. */
  go(): void {
    const next = this.view.peek()?.go;
    if (next !== null && next !== undefined) this.#say("go", this.#room.peek().show?.next_go ?? next.index);
  }

  hold(): void {
    this.#say("hold", 0);
  }

  skip(): void {
    this.#say("skip", this.#room.peek().show?.next_go ?? 0);
  }

  abort(): void {
    this.#say("abort", 0);
  }

  standBy(index: number): void {
    this.#say("standby", index);
  }

  /** Have the robot say a line. */
  speak(text: string, language: string): void {
    if (text.trim() !== "") this.#ask({ type: "say", text: text.trim(), language });
  }

  hush(): void {
    this.#ask({ type: "hush" });
  }

  /** Declare the area around the robot clear, or take that back. */
  declare(clear: boolean): void {
    this.#ask({ type: "declare_area", clear });
  }

  #say(act: ShowAct, cue: number): void {
    this.#ask({ type: "show_control", act, cue });
  }
}

function isStart({ name }: { readonly name: string }): boolean {
  return name === "start";
}

/** G says go; never while somebody writes. Returns how to stop. */
export function attachShowKeys(page: Window, show: ShowDesk): () => void {
  const listening = new AbortController();
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTextField(event.target)) return;
      if (event.code === "KeyG") show.go();
    },
    { signal: listening.signal },
  );
  return () => listening.abort();
}
