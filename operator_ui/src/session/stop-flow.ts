/** STOP as this page sends it: at once, on every road, every 20 ms until the robot says that it is latched. */
import type { RobotState, Stop, StopAck } from "../wire/messages.gen";

export type StopProgress =
  | { readonly kind: "idle" }
  /** Pressed, but no road is open: it goes out when one is. */
  | { readonly kind: "unsent" }
  | { readonly kind: "sent"; readonly sinceMs: number }
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" };

export class StopFlow {
  readonly #newId: () => string;
  #pending: { readonly message: Stop; sentMs: number | null } | null = null;
  #acknowledged: StopAck | null = null;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Press STOP. A press while one is under way adds nothing: that one is being repeated. */
  press(): void {
    this.#acknowledged = null;
    this.#pending ??= { message: { type: "stop", id: this.#newId() }, sentMs: null };
  }

  /** Note that a road has taken it. Returns whether it was the first time. */
  sent(nowMs: number): boolean {
    if (this.#pending === null || this.#pending.sentMs !== null) return false;
    this.#pending.sentMs = nowMs;
    return true;
  }

  /** The STOP to send now, on every road; null when none is under way. To be asked every 20 ms. */
  get toSend(): Stop | null {
    return this.#pending?.message ?? null;
  }

  /** Take the robot's acknowledgement. */
  settle(ack: StopAck): void {
    if (this.#pending?.message.id !== ack.id) return;
    this.#pending = null;
    this.#acknowledged = ack;
  }

  /** Return how far the stop is. `state` is what the robot says of itself now, null while it says nothing. */
  progress(state: RobotState | null): StopProgress {
    if (this.#pending !== null) {
      return this.#pending.sentMs === null
        ? { kind: "unsent" }
        : { kind: "sent", sinceMs: this.#pending.sentMs };
    }
    const known = state ?? this.#acknowledged?.state ?? null;
    if (known === "stopping") return { kind: "stopping" };
    if (known === "stopped" || known === "boot") return { kind: "stopped" };
    return { kind: "idle" };
  }
}
