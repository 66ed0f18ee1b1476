/**
 * The other robots that are watched in this browser, each in a tab of its own: how they stand, and STOP for any of them.
 *
 * An invite is for one robot, and a tab lives with one. Tabs of one origin hear one another over a `BroadcastChannel`,
 * so that one page shows all of them and stops all of them; a tab that fails takes no other with it.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { StateWord } from "./state-word";

/** One robot as its own tab tells of it. */
export interface NeighbourCard {
  readonly tab: string;
  readonly robot: string;
  readonly word: StateWord;
  readonly driver: string | null;
  readonly speedMps: number | null;
  readonly battery: number | null;
}

export interface Neighbour extends NeighbourCard {
  /** Its tab was heard lately. */
  readonly fresh: boolean;
}

/** What is used of a `BroadcastChannel`. */
export type Air = Pick<BroadcastChannel, "postMessage" | "onmessage" | "close">;

type Word =
  | { readonly kind: "card"; readonly card: NeighbourCard }
  | { readonly kind: "gone"; readonly tab: string }
  | { readonly kind: "stop"; readonly robot: string | null };

const SAY_EVERY_MS = 1_000;
/** A tab in the background has its timers run once a second. */
const FRESH_MS = 3_500;
const FORGET_MS = 60_000;

export class Neighbours {
  readonly #cards = signal<readonly Neighbour[]>([]);
  readonly #heard = new Map<string, { readonly card: NeighbourCard; readonly atMs: number }>();
  readonly #tab: string;
  readonly #air: Air | null;
  readonly #onStop: () => void;
  readonly #clock: () => number;
  #own: NeighbourCard | null = null;
  #saidMs = -Infinity;

  /** `onStop` is called when another tab stops this one's robot; `air` is null in a browser without it. */
  constructor(tab: string, air: Air | null, clock: () => number, onStop: () => void) {
    this.#tab = tab;
    this.#air = air;
    this.#clock = clock;
    this.#onStop = onStop;
    if (air !== null) air.onmessage = ({ data }) => this.#hear(data);
  }

  /** The other robots, by name. */
  get cards(): ReadonlySignal<readonly Neighbour[]> {
    return this.#cards;
  }

  /** Tell the others of this tab's robot, at every change and once a second; to be called four times a second. */
  say(card: Omit<NeighbourCard, "tab">, nowMs: number): void {
    const own = { ...card, tab: this.#tab };
    if (!same(own, this.#own) || nowMs - this.#saidMs >= SAY_EVERY_MS) {
      this.#own = own;
      this.#saidMs = nowMs;
      this.#tell({ kind: "card", card: own });
    }
    for (const [tab, { atMs }] of this.#heard) if (nowMs - atMs > FORGET_MS) this.#heard.delete(tab);
    this.#show(nowMs);
  }

  /** Have the tab of this robot stop it; null: every tab its own. */
  stop(robot: string | null): void {
    this.#tell({ kind: "stop", robot });
  }

  /** This tab goes. */
  close(): void {
    this.#tell({ kind: "gone", tab: this.#tab });
    this.#air?.close();
  }

  #tell(word: Word): void {
    this.#air?.postMessage(word);
  }

  /** What another page of the same origin says: checked all the same, an older version may be open. */
  #hear(word: unknown): void {
    const nowMs = this.#clock();
    if (!isWord(word)) return;
    if (word.kind === "stop") {
      if (word.robot === null || word.robot === this.#own?.robot) this.#onStop();
      return;
    }
    if (word.kind === "gone") this.#heard.delete(word.tab);
    else this.#heard.set(word.card.tab, { card: word.card, atMs: nowMs });
    this.#show(nowMs);
  }

  /** One card for each robot but this tab's own: of two tabs with one robot, the one heard last. */
  #show(nowMs: number): void {
    const newest = new Map<string, { readonly card: NeighbourCard; readonly atMs: number }>();
    for (const each of this.#heard.values()) {
      const known = newest.get(each.card.robot);
      if (known === undefined || each.atMs > known.atMs) newest.set(each.card.robot, each);
    }
    if (this.#own !== null) newest.delete(this.#own.robot);
    const cards = [...newest.values()]
      .map(({ card, atMs }): Neighbour => ({ ...card, fresh: nowMs - atMs <= FRESH_MS }))
      .sort((one, other) => one.robot.localeCompare(other.robot));
    const shown = this.#cards.peek();
    if (cards.length !== shown.length || cards.some((card, at) => !same(card, shown[at] ?? null)))
      this.#cards.value = cards;
  }
}

function same(one: object, other: object | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isWord(word: unknown): word is Word {
  if (typeof word !== "object" || word === null) return false;
  const { kind, card, tab, robot } = word as Record<string, unknown>;
  if (kind === "stop") return robot === null || typeof robot === "string";
  if (kind === "gone") return typeof tab === "string";
  if (kind !== "card" || typeof card !== "object" || card === null) return false;
  const { tab: of, robot: name, word: state } = card as Record<string, unknown>;
  return typeof of === "string" && typeof name === "string" && typeof state === "string";
}
