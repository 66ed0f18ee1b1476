/** Each stop and hold with the half minute before and after it, kept while the page is open. */
import type { Event, EventKind } from "../wire/messages.gen";
import { between, type Sample } from "./recorder";

export interface Incident {
  readonly event: Event;
  /** When this page heard of it. */
  readonly atMs: number;
  readonly samples: readonly Sample[];
  /** What happened around it, oldest first. */
  readonly events: readonly Event[];
  /** The half minute after it is over. */
  readonly whole: boolean;
}

export const AROUND_MS = 30_000;
const KEPT = 20;
/** An event this much older than the page's own clock says is history, told to whoever comes in. */
const NEWS_MS = 5_000;
const INCIDENTS: ReadonlySet<EventKind> = new Set(["stopped", "hold", "fault", "lease_expired"]);

export interface Heard {
  readonly events: readonly Event[];
  readonly record: readonly Sample[];
  readonly nowMs: number;
  /** The bridge's clock now. */
  readonly unixMs: number;
}

/** Return the incidents as they are by now, newest first. */
export function withNews(incidents: readonly Incident[], heard: Heard): readonly Incident[] {
  const known = new Set(incidents.map(({ event }) => keyOf(event)));
  const fresh = heard.events
    .filter((event) => INCIDENTS.has(event.kind) && !known.has(keyOf(event)))
    .filter((event) => Math.abs(heard.unixMs - event.at_unix_ms) <= NEWS_MS)
    .map((event): Incident => ({ event, atMs: heard.nowMs, samples: [], events: [], whole: false }));
  if (fresh.length === 0 && incidents.every(({ whole }) => whole)) return incidents;
  return [...fresh, ...incidents].slice(0, KEPT).map((each) => (each.whole ? each : filled(each, heard)));
}

function filled(incident: Incident, { events, record, nowMs }: Heard): Incident {
  const { atMs, event } = incident;
  return {
    ...incident,
    samples: between(record, atMs - AROUND_MS, atMs + AROUND_MS),
    events: events
      .filter((each) => Math.abs(each.at_unix_ms - event.at_unix_ms) <= AROUND_MS)
      .toSorted((a, b) => a.at_unix_ms - b.at_unix_ms),
    whole: nowMs - atMs >= AROUND_MS,
  };
}

export function keyOf({ source, seq, at_unix_ms }: Event): string {
  return `${source}:${seq}:${at_unix_ms}`;
}
