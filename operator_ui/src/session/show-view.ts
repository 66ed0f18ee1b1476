/** The show as a page tells it: what runs, what is next, what go would do, and why it waits. */
import type { CueLine, Goal, ShowHeld, ShowNeed, ShowPhase } from "../wire/messages.gen";
import type { RobotWord, Room } from "./room";

export type CueState = "done" | "running" | "held" | "next" | "waiting";

export interface CueView {
  /** From 0. */
  readonly index: number;
  readonly title: string;
  readonly kind: string;
  readonly follows: boolean;
  readonly state: CueState;
  readonly lastsS: number | null;
}

export interface MarkView {
  readonly name: string;
  readonly goal: Goal;
}

export interface ShowView {
  readonly title: string;
  readonly phase: ShowPhase;
  readonly cues: readonly CueView[];
  /** The cue that runs or is next; null once all are over. */
  readonly now: CueView | null;
  /** What go begins or goes on with; null where go does nothing. */
  readonly go: CueView | null;
  readonly goesOn: boolean;
  readonly held: ShowHeld | null;
  readonly need: ShowNeed | null;
  readonly shownS: number;
  readonly cueS: number;
  readonly line: string;
  readonly nextLine: string;
  readonly interlude: boolean;
  readonly problems: readonly string[];
  /** Where the cue that runs wants the robot. */
  readonly mark: MarkView | null;
  /** All marks, the start mark among them. */
  readonly marks: readonly MarkView[];
}

/** Waits for somebody while it runs, and go ends it. */
const WAITING: ReadonlySet<string> = new Set(["live", "wait_for_staff"]);

/** Return the view, null where no show is loaded or it is not known yet. */
export function showOf(room: Room, robot: RobotWord | null, asStaff: boolean): ShowView | null {
  const { plan, show } = room;
  if (plan === null || show === null || plan.show !== show.show) return null;
  const cues = plan.cues.map((cue, index) => cueView(cue, index, show.phase, show.cue));
  const now = cues[show.cue] ?? null;
  const marks = plan.marks.map(({ name, goal }) => ({ name, goal }));
  const wanted =
    show.phase === "running" || show.phase === "held" ? (plan.cues[show.cue]?.mark ?? null) : null;
  return {
    title: plan.title,
    phase: show.phase,
    cues,
    now,
    go: robot?.fresh === true ? goOf(cues, now, show.phase, show.next_go, asStaff) : null,
    goesOn: show.phase === "held" && show.next_go === show.cue && (show.cue_ms ?? 0) > 0,
    held: show.held ?? null,
    need: show.need ?? null,
    shownS: Math.floor((show.shown_ms ?? 0) / 1000),
    cueS: Math.floor((show.cue_ms ?? 0) / 1000),
    line: show.line ?? "",
    nextLine: show.next_line ?? "",
    interlude: show.interlude ?? false,
    problems: plan.problems ?? [],
    mark: marks.find(({ name }) => name === wanted) ?? null,
    marks,
  };
}

function cueView(cue: CueLine, index: number, phase: ShowPhase, at: number): CueView {
  let state: CueState = index < at ? "done" : "waiting";
  if (index === at) state = phase === "running" || phase === "held" ? phase : "next";
  return {
    index,
    title: cue.title,
    kind: cue.kind,
    follows: cue.follows,
    state,
    lastsS: cue.lasts_s,
  };
}

function goOf(
  cues: readonly CueView[],
  now: CueView | null,
  phase: ShowPhase,
  nextGo: number,
  asStaff: boolean,
): CueView | null {
  if (phase === "ended" || now === null) return null;
  if (phase !== "running") return cues[nextGo] ?? null;
  if (!WAITING.has(now.kind) || (now.kind === "wait_for_staff" && !asStaff)) return null;
  return cues[nextGo] ?? now;
}
