/** When pictures came, for a robot that this browser tells nothing about single packets. */
import type { PictureArrivals } from "../wire/messages.gen";

const EVERY_MS = 50;
const MOST = 32;

/** Whether the browser tells the robot when each packet came, as the answer settled it. */
export function tellsOfPackets(answerSdp: string): boolean {
  return /^a=extmap:.*transport-wide-cc/m.test(answerSdp);
}

export class Arrivals {
  #came: { readonly rtpTime: number; readonly atMs: number }[] = [];
  #toldMs = -Infinity;

  /** Note a picture, and tell of all that came lately, at most 20 times a second; what `send` cannot take waits. */
  note(rtpTime: number, atMs: number, nowMs: number, send: (message: PictureArrivals) => boolean): void {
    this.#came = [...this.#came.slice(1 - MOST), { rtpTime, atMs }];
    if (nowMs - this.#toldMs < EVERY_MS) return;
    const told = send({
      type: "picture_arrivals",
      rtp_times: this.#came.map((each) => each.rtpTime),
      at_ms: this.#came.map((each) => each.atMs),
    });
    if (!told) return;
    this.#toldMs = nowMs;
    this.#came = [];
  }
}
