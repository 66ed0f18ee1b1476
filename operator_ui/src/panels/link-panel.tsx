import type { JSX } from "preact";
import type { RoadShare } from "../session/link-view";
import type { Session } from "../session/session";
import { figure, percent } from "../strings/figures";
import { words } from "../strings/language";
import type { UplinkState } from "../wire/messages.gen";

/** How the robot is reached: which of its uplinks are up, and which road brings the driver's commands first. */
export function LinkPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const view = session.link.value;
  if (view === null) return null;
  const text = words.value.link;
  return (
    <section class="panel link" aria-labelledby="link-heading" data-testid="link">
      <h2 id="link-heading">{text.heading}</h2>
      {view.uplinks.length > 0 && (
        <ul class="pairs" data-testid="uplinks">
          {view.uplinks.map((uplink) => (
            <Uplink key={uplink.name} uplink={uplink} />
          ))}
        </ul>
      )}
      {view.roads.length > 0 && (
        <>
          <p class="note">{text.race}</p>
          <ul class="pairs" data-testid="race">
            {view.roads.map((road) => (
              <Road key={road.road} road={road} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Uplink({ uplink }: { readonly uplink: UplinkState }): JSX.Element {
  const text = words.value.link;
  return (
    <li data-uplink={uplink.name} data-up={uplink.up}>
      <span>{uplink.name}</span>
      {uplink.up ? (
        <span>{uplink.round_trip_ms === null ? text.up : text.upIn(figure(uplink.round_trip_ms, "ms"))}</span>
      ) : (
        <span class="tone-warn">{text.down}</span>
      )}
    </li>
  );
}

function Road({ road }: { readonly road: RoadShare }): JSX.Element {
  const text = words.value.link;
  const share = percent(road.share);
  return (
    <li data-road={road.road}>
      <span>{text.road[road.road]}</span>
      <span>{road.leadMs === null ? share : text.ahead(share, figure(road.leadMs, "ms", 1))}</span>
    </li>
  );
}
