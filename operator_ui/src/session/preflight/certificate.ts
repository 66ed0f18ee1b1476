/** Go or no-go for the show, with all that it follows from: for machines as JSON, and for people to print. Pure. */
import type { Role } from "../../wire/messages.gen";
import { LIMITS } from "./limits";
import { type Figures, type Health, verdictOf } from "./line";

/** One line, in words and for machines; `check` and `seen` are those of the wire. */
export interface Finding {
  readonly name: string;
  readonly health: Health;
  readonly said: string;
  readonly check: string;
  readonly seen: string;
  readonly figures: Figures;
  readonly about: string;
}

/** What was looked at by one of the room; `checked_at` is null where nobody looked. */
export interface Part {
  readonly who: string;
  readonly role: Role | "robot" | "room";
  readonly checked_at: string | null;
  readonly soak_s: number | null;
  readonly findings: readonly Finding[];
}

export type GoOrNot = "go" | "go_with_care" | "no_go";

export interface Certificate {
  readonly verdict: GoOrNot;
  readonly healthy: boolean;
  readonly room: string;
  /** By the bridge's clock. */
  readonly examined_at: string;
  readonly parts: readonly Part[];
}

const VERDICTS = { green: "go", amber: "go_with_care", red: "no_go" } as const;

/** What is known of a person, or of the robot. */
export interface Known {
  readonly who: string;
  readonly role: Role | "robot";
  /** What their check found, null where there was none. */
  readonly checked: {
    readonly atUnixMs: number;
    readonly soakS: number | null;
    readonly findings: readonly Finding[];
  } | null;
}

/** What stands against a show beside the lines themselves; the words for it come from the page. */
export type Missing = "no_presenter" | "not_said" | "not_checked" | "checked_long_ago";

/** Return the certificate. Staff need no check of their own; the robot has to say how it is, a presenter to check. */
export function certificateOf(
  room: string,
  known: readonly Known[],
  nowUnixMs: number,
  missing: (what: Missing, health: Health) => Finding,
): Certificate {
  const parts = known.map((each) => partOf(each, nowUnixMs, missing));
  if (known.every((each) => each.role !== "presenter")) {
    const findings = [missing("no_presenter", "amber")];
    parts.unshift({ who: room, role: "room", checked_at: null, soak_s: null, findings });
  }
  const verdict = verdictOf(parts.flatMap((each) => each.findings));
  return {
    verdict: VERDICTS[verdict],
    healthy: verdict !== "red",
    room,
    examined_at: new Date(nowUnixMs).toISOString(),
    parts,
  };
}

function partOf(
  { who, role, checked }: Known,
  nowUnixMs: number,
  missing: (what: Missing, health: Health) => Finding,
): Part {
  if (checked === null) {
    const findings =
      role === "robot"
        ? [missing("not_said", "red")]
        : role === "presenter"
          ? [missing("not_checked", "amber")]
          : [];
    return { who, role, checked_at: null, soak_s: null, findings };
  }
  const old = nowUnixMs - checked.atUnixMs > LIMITS.oldCheckMs && role !== "robot";
  return {
    who,
    role,
    checked_at: new Date(checked.atUnixMs).toISOString(),
    soak_s: checked.soakS,
    findings: [...(old ? [missing("checked_long_ago", "amber")] : []), ...checked.findings],
  };
}

const KEY = "stagebridge.certificate";

/** Leave the certificate for the page that prints it. */
export function leaveFor(store: Storage, certificate: Certificate): void {
  store.setItem(KEY, JSON.stringify(certificate));
}

/** Return what the staff's page left, null where it left none. */
export function leftIn(store: Storage): Certificate | null {
  const text = store.getItem(KEY);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Certificate;
  } catch {
    return null;
  }
}
