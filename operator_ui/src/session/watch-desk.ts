/** What staff watch beside the figures: the last minutes, the alarms, and what led to each stop. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { AlarmSound } from "../media/alarm-sound";
import type { Picture } from "../media/picture";
import { type Alarm, acknowledged, alarmsAfter, isLoud, wrongNow } from "./alarms";
import type { Hud } from "./hud";
import { type Incident, withNews } from "./incidents";
import type { Reach } from "./reach";
import { recorded, type Sample, sampleOf } from "./recorder";
import type { RobotWord, Room } from "./room";

/** What it reads of the session. */
export interface WatchSource {
  readonly room: ReadonlySignal<Room>;
  readonly robot: ReadonlySignal<RobotWord | null>;
  readonly reach: ReadonlySignal<Reach>;
  readonly gauges: { readonly hud: ReadonlySignal<Hud>; readonly picture: ReadonlySignal<Picture> };
}

export class WatchDesk {
  readonly record = signal<readonly Sample[]>([]);
  readonly alarms = signal<readonly Alarm[]>([]);
  readonly incidents = signal<readonly Incident[]>([]);
  readonly sound = new AlarmSound();
  readonly #source: WatchSource;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  /** Take a look; to be done four times a second, after the gauges. */
  look(nowMs: number, unixMs: number): void {
    const { room, robot, reach, gauges } = this.#source;
    const hud = gauges.hud.peek();
    this.record.value = recorded(this.record.peek(), sampleOf(hud, nowMs));
    const wrong = wrongNow({
      room: room.peek(),
      robot: robot.peek(),
      reach: reach.peek(),
      picture: gauges.picture.peek(),
      battery: hud.battery,
    });
    this.alarms.value = alarmsAfter(this.alarms.peek(), wrong, nowMs);
    this.sound.ring(isLoud(this.alarms.peek()));
    const { events } = room.peek();
    this.incidents.value = withNews(this.incidents.peek(), {
      events,
      record: this.record.peek(),
      nowMs,
      unixMs,
    });
  }

  /** Somebody saw the alarms. */
  acknowledge(): void {
    this.alarms.value = acknowledged(this.alarms.peek());
    this.sound.ring(false);
  }

  close(): void {
    this.sound.close();
  }
}
