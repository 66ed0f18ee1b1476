/** What the picture costs and brings, from two looks at the browser's counters. */

/** The counters of one look. Absent values are null. */
export interface Counters {
  readonly atMs: number;
  readonly bytes: number | null;
  readonly frames: number | null;
  readonly packets: number | null;
  readonly lostPackets: number | null;
  readonly rttMs: number | null;
}

export interface Rates {
  readonly fps: number | null;
  readonly kbps: number | null;
  /** The round trip of the peer-to-peer road. */
  readonly rttMs: number | null;
  /** The share of the picture's packets that were lost, before any were sent again. */
  readonly lost: number | null;
}

type Entry = Record<string, unknown> & { type?: string; id?: string };

/** Pick the counters out of a `getStats` report. */
export function countersOf(report: Iterable<Entry>, atMs: number): Counters {
  let bytes: number | null = null;
  let frames: number | null = null;
  let packets: number | null = null;
  let lostPackets: number | null = null;
  let rttMs: number | null = null;
  for (const entry of report) {
    if (entry.type === "inbound-rtp" && entry.kind === "video") {
      bytes = numberOr(entry.bytesReceived, bytes);
      frames = numberOr(entry.framesDecoded, frames);
      packets = numberOr(entry.packetsReceived, packets);
      lostPackets = numberOr(entry.packetsLost, lostPackets);
    }
    if (entry.type === "candidate-pair" && entry.nominated === true && entry.state === "succeeded") {
      const seconds = numberOr(entry.currentRoundTripTime, null);
      if (seconds !== null) rttMs = seconds * 1000;
    }
  }
  return { atMs, bytes, frames, packets, lostPackets, rttMs };
}

/** Return the rates between two looks; unknown ones are null. */
export function ratesBetween(before: Counters | null, after: Counters): Rates {
  const seconds = before === null ? 0 : (after.atMs - before.atMs) / 1000;
  const rise = (from: number | null | undefined, to: number | null): number | null =>
    from === null || from === undefined || to === null || to < from || seconds <= 0
      ? null
      : (to - from) / seconds;
  const bytesPerSecond = rise(before?.bytes, after.bytes);
  const came = rise(before?.packets, after.packets);
  const lost = rise(before?.lostPackets, after.lostPackets);
  return {
    fps: rise(before?.frames, after.frames),
    kbps: bytesPerSecond === null ? null : (bytesPerSecond * 8) / 1000,
    rttMs: after.rttMs,
    lost: came === null || lost === null || came + lost === 0 ? null : lost / (came + lost),
  };
}

function numberOr<F>(value: unknown, fallback: F): number | F {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}
