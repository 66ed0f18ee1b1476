/** What a page shows of how the robot is reached. Pure. */
import type { Road, UplinkState } from "../wire/messages.gen";
import type { Room } from "./room";

export interface RoadShare {
  readonly road: Road;
  /** Of the driver's latest commands, how many this road brought first, from 0 to 1. */
  readonly share: number;
  /** By how much, in ms; null when no copy came over another road. */
  readonly leadMs: number | null;
}

export interface LinkView {
  /** The robot's lines to the bridge, when it has several. */
  readonly uplinks: readonly UplinkState[];
  /** The most successful first. */
  readonly roads: readonly RoadShare[];
}

/** Return it; null while there is nothing to tell. */
export function linkOf({ uplinks: said, status }: Pick<Room, "uplinks" | "status">): LinkView | null {
  const uplinks = said?.uplinks ?? [];
  const race = status?.race ?? [];
  if (uplinks.length === 0 && race.length === 0) return null;
  const all = race.reduce((sum, { won }) => sum + won, 0);
  const roads = race
    .map(({ road, won, lead_ms }) => ({ road, share: all === 0 ? 0 : won / all, leadMs: lead_ms }))
    .sort((a, b) => b.share - a.share);
  return { uplinks, roads };
}
