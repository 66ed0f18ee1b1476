/** Whether what this page says can get to the robot now, and is heard there. */
import type { LinkState } from "../link/bridge-link";

/** `ended`: never again, this page was turned away. `muted`: staff have the robot not hear it. The others pass. */
export type Reach = "robot" | "ended" | "no_link" | "robot_away" | "muted";

export interface Ways {
  readonly hasToken: boolean;
  readonly link: LinkState;
  /** The peer-to-peer road is open. */
  readonly direct: boolean;
  readonly robotOnline: boolean | null;
  readonly muted: boolean;
}

/** Return how far this page's words get. */
export function reachOf({ hasToken, link, direct, robotOnline, muted }: Ways): Reach {
  if (!hasToken || link.kind === "ended") return "ended";
  if (!direct && link.kind !== "open") return "no_link";
  if (!direct && robotOnline === false) return "robot_away";
  return muted ? "muted" : "robot";
}
