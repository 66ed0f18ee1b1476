/** Whether what this page says can get to the robot now. */
import type { LinkState } from "../link/bridge-link";

/** `ended`: never again, this page was turned away. `no_link` and `robot_away` pass. */
export type Reach = "robot" | "ended" | "no_link" | "robot_away";

/** Return how far this page's words get; `direct` says whether the peer-to-peer road is open. */
export function reachOf(
  hasToken: boolean,
  link: LinkState,
  direct: boolean,
  robotOnline: boolean | null,
): Reach {
  if (!hasToken || link.kind === "ended") return "ended";
  if (direct) return "robot";
  if (link.kind !== "open") return "no_link";
  return robotOnline === false ? "robot_away" : "robot";
}
