/** What the findings on this device mean for a show. Pure. */
import type { PadState } from "../../drive/pad";
import type { DeviceTrouble } from "../../media/devices";
import type { SoundSeen } from "../../media/tone";
import { LIMITS } from "./limits";
import { type Line, line, type SeenOf } from "./line";
import { within } from "./stats";

/** A camera or microphone that was opened, or why it was not. */
export type Opened = "works" | DeviceTrouble;

export function pageLine(secure: boolean): Line {
  return secure ? line("page", "green", "secure") : line("page", "red", "insecure");
}

export function bridgeLine(open: boolean): Line {
  return open ? line("bridge", "green", "open") : line("bridge", "red", "away");
}

/** Judge by how much a 20 ms timer fired late; a page in the background is held back, and says nothing of the device. */
export function cpuLine(lateMs: readonly number[], hidden: boolean): Line {
  if (lateMs.length === 0) return line("cpu", "amber", "ended");
  if (hidden) return line("cpu", "amber", "hidden");
  const p95 = Math.max(0, within(0.95, lateMs));
  const figures = { p95_ms: p95 };
  if (p95 >= LIMITS.tooLateMs) return line("cpu", "red", "tooLate", { figures });
  return p95 >= LIMITS.lateMs
    ? line("cpu", "amber", "late", { figures })
    : line("cpu", "green", "prompt", { figures });
}

/** Judge whether UDP gets out; null where the browser could not look. */
export function udpLine(getsOut: boolean | null, servers: number): Line {
  if (servers === 0) return line("udp", "amber", "none");
  if (getsOut === null) return line("udp", "amber", "unknown");
  return getsOut ? line("udp", "green", "works") : line("udp", "amber", "blocked");
}

/** Without a camera one still drives. */
export function cameraLine(opened: Opened): Line {
  return opened === "works" ? line("camera", "green", "works") : line("camera", "amber", troubleIn(opened));
}

/** Without a microphone too; `dbfs` is the loudest that it heard. */
export function microphoneLine(opened: Opened, dbfs: number | null): Line {
  if (opened !== "works") return line("microphone", "amber", troubleIn(opened));
  if (dbfs === null) return line("microphone", "green", "works");
  const figures = { level_dbfs: dbfs };
  return dbfs < LIMITS.silentDbfs
    ? line("microphone", "amber", "silent", { figures })
    : line("microphone", "green", "works", { figures });
}

export function speakerLine(tone: SoundSeen["tone"]): Line {
  const seen = {
    unplayed: "onAir",
    heard: "heard",
    unheard: "unheard",
    alone: "alone",
    failed: "failed",
  } as const;
  if (tone === "failed") return line("speaker", "red", "failed");
  return line("speaker", tone === "heard" ? "green" : "amber", seen[tone]);
}

/** A gamepad is a choice; one whose buttons could be anything is none. */
export function padLine(pad: PadState): Line {
  if (pad.kind === "unusable") return line("pad", "amber", "unusable", { about: pad.id });
  return pad.kind === "ready"
    ? line("pad", "green", "ready", { about: pad.id })
    : line("pad", "green", "absent");
}

/** "lost" is what becomes of an open device; here it is one that does not open. */
function troubleIn(trouble: DeviceTrouble): Exclude<SeenOf["camera"], "works"> {
  return trouble === "lost" ? "failed" : trouble;
}
