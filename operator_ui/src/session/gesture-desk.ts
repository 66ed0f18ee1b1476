/** The page's gestures: what may begin, and how it is asked for. */
import type { ReadonlySignal } from "@preact/signals";
import type { Hand } from "../drive/hand";
import type { Lease } from "../drive/stream";
import { type GestureView, gesturesOf } from "./gesture-view";
import type { Wish } from "./requests";
import type { RobotWord, Room } from "./room";
import { settled } from "./settled";

/** What it reads of the session. */
export interface GestureSource {
  readonly room: ReadonlySignal<Room>;
  readonly robot: ReadonlySignal<RobotWord | null>;
  readonly lease: ReadonlySignal<Lease | null>;
  readonly hand: ReadonlySignal<Hand>;
}

export class GestureDesk {
  /** What the page shows, null for a robot without gestures. */
  readonly view: ReadonlySignal<GestureView | null>;
  readonly #lease: ReadonlySignal<Lease | null>;
  readonly #ask: (wish: Wish) => void;

  constructor({ room, robot, lease, hand }: GestureSource, ask: (wish: Wish) => void) {
    this.view = settled(() =>
      gesturesOf({ room: room.value, robot: robot.value, lease: lease.value, handOn: hand.value.deadMan }),
    );
    this.#lease = lease;
    this.#ask = ask;
  }

  /** Ask for a gesture; for a large one that is on offer, take the second step. */
  begin(name: string): void {
    const [view, lease] = [this.view.peek(), this.#lease.peek()];
    if (view === null || view.blocked !== null || lease === null) return;
    const code = view.offer?.name === name ? view.offer.code : null;
    this.#ask({ type: "gesture_begin", epoch: lease.epoch, fence: lease.fence, name, code });
  }

  /** Begin the one that this digit stands for. */
  press(digit: number): void {
    const choice = this.view.peek()?.gestures.find((each) => each.digit === digit);
    if (choice !== undefined) this.begin(choice.name);
  }

  /** Break off the one that runs. */
  cancel(): void {
    this.#ask({ type: "gesture_cancel" });
  }

  /** Let the robot perform gestures, or not. */
  allow(allowed: boolean): void {
    this.#ask({ type: "allow_gestures", allowed });
  }
}
