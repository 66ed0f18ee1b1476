import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { bitrate, figure, percent, span } from "../strings/figures";
import { words } from "../strings/language";
import { GlassBar } from "./glass-bar";
import { Figure } from "./hud";
import { Picture } from "./picture";
import { Sparkline } from "./sparkline";
import { StateLine } from "./state-line";
import { StopButton } from "./stop-button";

/** One robot at a glance: how it stands, who drives, what it sees, how the link is, and its STOP. */
export function RobotCard({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.staff;
  const room = session.desk.value;
  const faults = room.status?.faults ?? [];
  return (
    <article class="robot" aria-label={`${text.robot} ${room.robot ?? ""}`} data-testid="robot-card">
      <header class="robot-head">
        <StateLine session={session} />
        <StopButton session={session} />
      </header>
      <Picture session={session} />
      {session.reach.value !== "ended" && <CardFigures session={session} />}
      {faults.length > 0 && (
        <ul class="faults tone-bad" data-testid="faults" aria-label={text.faults}>
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
    </article>
  );
}

function CardFigures({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.staff;
  const robot = session.robot.value;
  const hud = session.gauges.hud.value;
  const heard = robot?.fresh === true;
  const driver = heard ? robot.driver : null;
  const name = nameOf(session.desk.value, driver) ?? text.unknown;
  return (
    <>
      <dl class="figures">
        <Figure name={text.driver} id="driver">
          {heard && driver === null ? text.nobody : name}
        </Figure>
        <Figure name={text.speed} id="speed">
          {figure(hud.appliedMps, "m/s", 2)}
        </Figure>
        <Figure name={text.limit} id="limit" datum={hud.limit ?? "unknown"}>
          {hud.limit === null ? "–" : words.value.limit[hud.limit]}
        </Figure>
        <Figure name={text.commandAge} id="command-age">
          {span(hud.commandAgeMs)}
        </Figure>
        <Figure name={text.battery} id="battery">
          {percent(hud.battery)}
        </Figure>
        <Figure name={words.value.hud.rtt} id="rtt">
          {figure(hud.rttMs ?? hud.bridgeRttMs, "ms")}
        </Figure>
        <Figure name={words.value.hud.fps} id="fps">
          {figure(hud.fps, "fps")}
        </Figure>
        <Figure name={words.value.hud.bitrate} id="bitrate">
          {bitrate(hud.kbps)}
        </Figure>
      </dl>
      <GlassBar session={session} />
      <div class="loop">
        <p class="loop-now" title={words.value.hud.loopMeaning}>
          <span class="figure-name">{words.value.hud.loopHistory}</span>
          <strong data-testid="hud-loop">{figure(hud.loopMs, "ms")}</strong>
        </p>
        <Sparkline values={session.gauges.history.value} label={words.value.hud.loopHistory} />
      </div>
    </>
  );
}
