/** The stream of commands: 50 a second while the hand holds on, three neutral ones on letting go, then a slow neutral. */
import type { Drive, LeaseRenew, RobotProfile } from "../wire/messages.gen";
import type { Hand, Pace } from "./hand";
import { STILL, twistOf } from "./shaping";

/** A lease of one's own, as the robot states it. */
export interface Lease {
  readonly epoch: string;
  readonly fence: number;
}

/** What the sender knows of the robot: echoed, so that the robot can tell how old it is. */
export interface Echo {
  readonly beacon: number;
  readonly picture: number | null;
}

const NEUTRAL_EVERY_MS = 100; // often enough that the robot sees 300 ms of it before it re-arms
const NEUTRALS_AT_ONCE = 3;
const RENEW_EVERY_MS = 500;

export class CommandStream {
  #seq: number;
  #wasHeld = false;
  #neutralsLeft = 0;
  #sentMs = -Infinity;
  #renewedMs = -Infinity;
  #lease: Lease | null = null;

  /** `firstSeq` must be above every number that an earlier life of this tab has used. */
  constructor(firstSeq: number) {
    this.#seq = firstSeq;
  }

  /** Return what to send now; to be asked every 20 ms. Without a lease or a beacon there is nothing to say. */
  step(
    nowMs: number,
    lease: Lease | null,
    hand: Hand,
    pace: Pace,
    profile: RobotProfile | null,
    echo: Echo | null,
  ): (Drive | LeaseRenew)[] {
    if (lease === null || profile === null || echo === null) {
      this.#lease = null;
      this.#wasHeld = false;
      this.#neutralsLeft = 0;
      return [];
    }
    const messages: (Drive | LeaseRenew)[] = [];
    if (lease.epoch !== this.#lease?.epoch || lease.fence !== this.#lease.fence) {
      this.#lease = lease;
      this.#sentMs = -Infinity;
      this.#renewedMs = -Infinity;
    }
    if (nowMs - this.#renewedMs >= RENEW_EVERY_MS) {
      this.#renewedMs = nowMs;
      messages.push({ type: "lease_renew", ...lease, seq: this.#nextSeq() });
    }
    if (this.#wasHeld && !hand.deadMan) this.#neutralsLeft = NEUTRALS_AT_ONCE;
    this.#wasHeld = hand.deadMan;
    if (!this.#isDue(nowMs, hand)) return messages;
    this.#sentMs = nowMs;
    const twist = hand.deadMan ? twistOf(hand, pace, profile) : STILL;
    messages.push({
      type: "drive",
      ...lease,
      seq: this.#nextSeq(),
      dead_man: hand.deadMan,
      ...twist,
      ...echo,
      ...(hand.deadMan && hand.toward !== null ? { toward: hand.toward } : {}),
    });
    return messages;
  }

  #isDue(nowMs: number, hand: Hand): boolean {
    if (hand.deadMan) return true;
    if (this.#neutralsLeft > 0) {
      this.#neutralsLeft -= 1;
      return true;
    }
    return nowMs - this.#sentMs >= NEUTRAL_EVERY_MS;
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }
}
