/** STOP as this page sends it: at once, on every road, every 20 ms until the robot says that it is latched. */
import type { Ack, RobotState, Stop, StopAck } from "../wire/messages.gen";
import type { Reach } from "./reach";

export type StopProgress =
  | "idle"
  /** The robot does not hear this page: staff have muted it. */
  | "muted"
  /** Not pressed, and a press would reach nobody now. */
  | "cut_off"
  /** Pressed, but it has reached nobody: it goes out when there is a road. */
  | "unsent"
  | "sent"
  /** It went out, but the road broke or the robot does not answer. */
  | "unconfirmed"
  | "stopping"
  | "stopped";

/** The robot answers within a round trip; a page that waited this long says so. */
export const ANSWER_WITHIN_MS = 1_500;

/** Whom staff have muted stands in the robot's status, which comes once a second at least. */
const STATUS_WITHIN_MS = 1_500;

export class StopFlow {
  readonly #newId: () => string;
  #pending: { readonly message: Stop; sentMs: number | null } | null = null;
  #acknowledged: StopAck | null = null;
  #mutedMs = -Infinity;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Press STOP. A press while one is under way adds nothing: that one is being repeated. */
  press(): void {
    this.#acknowledged = null;
    this.#pending ??= { message: { type: "stop", id: this.#newId() }, sentMs: null };
  }

  /** Note that a road to the robot has taken it. Returns whether it was the first time. */
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
    this.#mutedMs = -Infinity;
  }

  /** Take a refusal. Only one ends the repetition: staff have muted this page, and the robot will not stop for it. */
  refuse(ack: Ack, nowMs: number): void {
    if (this.#pending?.message.id !== ack.id || ack.refusal !== "muted") return;
    this.#pending = null;
    this.#mutedMs = nowMs;
  }

  /** Whether the robot has refused a STOP of this page as muted, and its status has not had the time to say so. */
  wasMuted(nowMs: number): boolean {
    return nowMs - this.#mutedMs < STATUS_WITHIN_MS;
  }

  /** Return how far the stop is. `state` is what the robot says of itself now, null while it says nothing. */
  progress(state: RobotState | null, reach: Reach, nowMs: number): StopProgress {
    if (reach === "muted") return "muted";
    if (this.#pending !== null) {
      const { sentMs } = this.#pending;
      if (sentMs === null) return "unsent";
      return reach === "robot" && nowMs - sentMs < ANSWER_WITHIN_MS ? "sent" : "unconfirmed";
    }
    if (reach !== "robot") return "cut_off";
    const known = state ?? this.#acknowledged?.state ?? null;
    if (known === "stopping") return "stopping";
    if (known === "stopped" || known === "boot") return "stopped";
    return "idle";
  }
}
