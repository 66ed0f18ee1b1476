/** Requests to the robot: each is sent on every road and repeated until it is acknowledged, or given up. */
import type {
  Ack,
  ChooseCamera,
  Hush,
  Note,
  Refusal,
  RequestMessage,
  Say,
  ShowControl,
} from "../wire/messages.gen";

type WithoutId<M> = M extends { readonly id: string } ? Omit<M, "id"> : never;

/** What is asked of the robot: of its motion process, its cameras, its show; and a note, which the bridge hands on. */
type Asked = RequestMessage | ChooseCamera | ShowControl | Say | Hush | Note;

/** A request before it has an id. STOP has a flow of its own. */
export type Wish = WithoutId<Exclude<Asked, { type: "stop" }>>;
export type WishType = Wish["type"];

export type Outcome = {
  readonly wish: WishType;
  readonly atMs: number;
} & (
  | { readonly kind: "done" | "pending" | "unanswered" }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly detail: string }
);

interface Waiting {
  readonly message: Asked;
  readonly wish: WishType;
  readonly sinceMs: number;
  sentMs: number;
}

const REPEAT_EVERY_MS = 250;
const GIVE_UP_AFTER_MS = 4_000;

export class Requests {
  readonly #newId: () => string;
  #waiting: Waiting[] = [];

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Whether a request of this type waits for its answer. */
  isWaiting(type: WishType): boolean {
    return this.#waiting.some((each) => each.wish === type);
  }

  /** Ask for something. The same wish twice, while the first waits, is one request. */
  ask(wish: Wish, nowMs: number): void {
    if (this.#waiting.some((each) => sameWish(each.message, wish))) return;
    const message = { ...wish, id: this.#newId() } as Asked;
    this.#waiting.push({ message, wish: wish.type, sinceMs: nowMs, sentMs: -Infinity });
  }

  /** Return what to send now, and the requests that nobody answered. */
  step(nowMs: number): { readonly send: Asked[]; readonly givenUp: Outcome[] } {
    const givenUp = this.#waiting
      .filter((each) => nowMs - each.sinceMs >= GIVE_UP_AFTER_MS)
      .map((each): Outcome => ({ wish: each.wish, atMs: nowMs, kind: "unanswered" }));
    this.#waiting = this.#waiting.filter((each) => nowMs - each.sinceMs < GIVE_UP_AFTER_MS);
    const due = this.#waiting.filter((each) => nowMs - each.sentMs >= REPEAT_EVERY_MS);
    for (const each of due) each.sentMs = nowMs;
    return { send: due.map((each) => each.message), givenUp };
  }

  /** Take an acknowledgement; null when it answers nothing that waits (a copy over another road). */
  settle(ack: Ack, nowMs: number): Outcome | null {
    const found = this.#waiting.find((each) => each.message.id === ack.id);
    if (found === undefined) return null;
    this.#waiting = this.#waiting.filter((each) => each !== found);
    const about = { wish: found.wish, atMs: nowMs };
    if (ack.verdict !== "refused") return { ...about, kind: ack.verdict };
    return { ...about, kind: "refused", refusal: ack.refusal ?? "malformed", detail: ack.detail ?? "" };
  }
}

function sameWish(message: Asked, wish: Wish): boolean {
  return Object.entries(wish).every(
    ([key, value]) => (message as unknown as Record<string, unknown>)[key] === value,
  );
}
