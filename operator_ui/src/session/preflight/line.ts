/** One line of the check before a show: what was looked at, how it is, and what was seen. */

export type Health = "green" | "amber" | "red";

/** What is looked at, and all that can be seen of it; the words are in `strings/`. */
export interface SeenOf {
  readonly page: "secure" | "insecure";
  readonly bridge: "open" | "away";
  readonly clock: "right" | "off" | "wrong" | "unknown";
  readonly socket: "quick" | "slow" | "lossy" | "silent" | "ended";
  readonly cpu: "prompt" | "late" | "tooLate" | "hidden" | "ended";
  readonly udp: "works" | "blocked" | "none" | "unknown";
  readonly turn: "works" | "blocked" | "refused" | "none" | "unknown";
  readonly media: "good" | "narrow" | "lossy" | "far" | "unusable" | "closed" | "ended" | "none";
  readonly camera: "works" | "insecure" | "denied" | "absent" | "busy" | "failed";
  readonly microphone: "works" | "silent" | "insecure" | "denied" | "absent" | "busy" | "failed";
  readonly speaker: "heard" | "confirmed" | "unheard" | "alone" | "onAir" | "failed";
  readonly pad: "ready" | "unusable" | "absent";
}

export type Check = keyof SeenOf;
export type Figures = Readonly<Record<string, number>>;

export interface Line {
  readonly check: Check;
  readonly health: Health;
  readonly seen: string;
  readonly figures: Figures;
  /** What of its kind, where there are several: a server, a gamepad. */
  readonly about: string;
}

const WORST: readonly Health[] = ["red", "amber", "green"];

/** Make a line; only what belongs to `check` can be seen of it. */
export function line<C extends Check>(
  check: C,
  health: Health,
  seen: SeenOf[C],
  more: { readonly figures?: Figures; readonly about?: string } = {},
): Line {
  return { check, health, seen, figures: more.figures ?? {}, about: more.about ?? "" };
}

/** The worst of all lines. */
export function verdictOf(lines: readonly { readonly health: Health }[]): Health {
  return WORST.find((health) => lines.some((each) => each.health === health)) ?? "green";
}
