/** What a page shows of the robot's cameras. Pure. */
import type { CameraState } from "../wire/messages.gen";
import type { Room } from "./room";

export interface CameraView {
  readonly main: string;
  readonly cameras: readonly CameraState[];
  /** Whether this person may choose the main one. */
  readonly mayChoose: boolean;
}

/** Return the cameras, without when that was said; null while there is neither a choice nor anything amiss. */
export function camerasOf({ cameras: said, me }: Room): CameraView | null {
  if (said === null) return null;
  const { main, cameras } = said;
  if (cameras.length < 2 && cameras.every(({ health }) => health === "live")) return null;
  return { main, cameras, mayChoose: me !== null && me.role !== "observer" && cameras.length > 1 };
}
