import type { JSX } from "preact";
import type { Session } from "../session/session";
import type { CueView, ShowView } from "../session/show-view";
import { minutes } from "../strings/figures";
import { words } from "../strings/language";

/** The run of show: what is now and next, and go. Staff choose the next cue and abort. Not there without a show. */
export function ShowPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.show;
  const view = session.show.view.value;
  if (view === null) return null;
  const staff = session.hasRole("staff");
  const may = staff || session.hasRole("presenter");
  return (
    <section class="panel show" aria-labelledby="show-heading" data-testid="show" data-phase={view.phase}>
      <h2 id="show-heading">
        {text.heading}: {view.title}
      </h2>
      <Problems problems={view.problems} />
      <Now view={view} staff={staff} />
      {may && <Acts session={session} view={view} staff={staff} />}
      <CueList session={session} view={view} staff={staff} />
    </section>
  );
}

function Problems({ problems }: { readonly problems: readonly string[] }): JSX.Element | null {
  if (problems.length === 0) return null;
  return (
    <div class="note tone-warn" data-testid="show-problems">
      <p>{words.value.show.problems}</p>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}

/** What happens, in two lines that are always there. */
function Now({ view, staff }: { readonly view: ShowView; readonly staff: boolean }): JSX.Element {
  const text = words.value.show;
  return (
    <div class="show-now" aria-live="polite">
      <p class="show-cue" data-testid="show-now" data-cue={view.now?.index ?? -1}>
        {nowText(view)}
      </p>
      <p class={view.held === null ? "note" : "note tone-warn"} data-testid="show-note">
        {noteText(view, staff)}
      </p>
      <p class="muted show-clock" data-testid="show-clock">
        {text.clock(minutes(view.shownS), minutes(view.cueS))}
        {view.now?.lastsS ? ` · ${text.planned(minutes(view.now.lastsS))}` : ""}
      </p>
    </div>
  );
}

function nowText(view: ShowView): string {
  const text = words.value.show;
  if (view.now === null) return text.over;
  return view.phase === "standby" ? text.ready(view.now.title) : text.runs(view.now.title);
}

function noteText(view: ShowView, staff: boolean): string {
  const text = words.value.show;
  if (view.interlude) return text.interlude;
  if (view.need !== null) return text.need[view.need];
  if (view.held !== null) return text.held[view.held];
  if (view.phase !== "running" || view.now === null) return view.now?.follows ? text.follows : "\u00a0";
  if (view.mark !== null) return text.move(view.mark.name);
  if (view.now.kind === "wait_for_staff") return staff ? text.go : text.waitsForStaff;
  return view.now.kind === "live" ? text.live : "\u00a0";
}

function Acts({
  session,
  view,
  staff,
}: {
  readonly session: Session;
  readonly view: ShowView;
  readonly staff: boolean;
}): JSX.Element {
  const text = words.value.show;
  const waits = session.isWaiting("show_control");
  const over = view.phase === "ended";
  const { go } = view;
  let label = text.go;
  if (over) label = text.again;
  else if (go !== null) label = (view.goesOn ? text.goOn : text.goTo)(go.index + 1, go.title);
  return (
    <div class="show-acts">
      <button
        type="button"
        class="primary show-go"
        data-testid="show-go"
        aria-keyshortcuts="G"
        disabled={waits || (!over && go === null)}
        onClick={() => (over ? session.show.standBy(0) : session.show.go())}
      >
        {label}
      </button>
      <div class="row">
        <button
          type="button"
          data-testid="show-hold"
          disabled={waits || over || view.phase === "held"}
          onClick={() => session.show.hold()}
        >
          {text.hold}
        </button>
        <button
          type="button"
          data-testid="show-skip"
          disabled={waits || over}
          onClick={() => session.show.skip()}
        >
          {text.skip}
        </button>
        {staff && (
          <button
            type="button"
            data-testid="show-abort"
            disabled={waits || over}
            onClick={() => session.show.abort()}
          >
            {text.abort}
          </button>
        )}
      </div>
    </div>
  );
}

/** The cues around now for whoever presents, all of them for staff, who choose the next one by a click. */
function CueList({
  session,
  view,
  staff,
}: {
  readonly session: Session;
  readonly view: ShowView;
  readonly staff: boolean;
}): JSX.Element {
  const text = words.value.show;
  const at = view.now?.index ?? view.cues.length;
  const shown = staff ? view.cues : view.cues.filter(({ index }) => index >= at - 1 && index <= at + 3);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and may hold no button to tab to
    <ol class="cue-list" aria-label={text.list} data-testid="cues" tabIndex={0}>
      {shown.map((cue) => (
        <li key={cue.index} class={`cue cue-${cue.state}`} data-state={cue.state} data-testid="cue">
          {staff ? (
            <button
              type="button"
              class="quiet cue-choice"
              title={text.standby(cue.title)}
              disabled={session.isWaiting("show_control") || cue.state === "running"}
              onClick={() => session.show.standBy(cue.index)}
            >
              <CueWords cue={cue} />
            </button>
          ) : (
            <CueWords cue={cue} />
          )}
        </li>
      ))}
    </ol>
  );
}

function CueWords({ cue }: { readonly cue: CueView }): JSX.Element {
  const text = words.value.show;
  return (
    <>
      <span class="cue-number">{cue.index + 1}</span>
      <span class="cue-title">{cue.title}</span>
      <span class="muted cue-kind">
        {text.kindOf(cue.kind)}
        {cue.state === "waiting" ? "" : ` · ${text.state[cue.state]}`}
      </span>
    </>
  );
}
