import type { ComponentChildren, JSX } from "preact";
import type { Session } from "../session/session";
import { bitrate, figure } from "../strings/figures";
import { words } from "../strings/language";
import { GlassBar } from "./glass-bar";
import { Sparkline } from "./sparkline";

/** The figures of the link: the loop delay as a budget that adds up, what it rests on, and its last minute where there is room. */
export function Hud({ session }: { readonly session: Session }): JSX.Element {
  const hud = session.gauges.hud.value;
  const text = words.value.hud;
  return (
    <section class="hud" aria-label={text.heading} data-testid="hud">
      <dl class="hud-figures">
        <Figure name={text.loop} id="loop" title={text.loopMeaning}>
          <span class="figure-main">{figure(hud.loopMs, "ms")}</span>
          {hud.loopParts !== null && (
            <span class="figure-parts" data-testid="hud-loop-parts">
              {text.loopParts(hud.loopParts)}
            </span>
          )}
        </Figure>
        <Figure name={text.rtt} id="rtt">
          {figure(hud.rttMs ?? hud.bridgeRttMs, "ms")}
          <span class="figure-parts">
            {hud.rttMs !== null ? text.direct : hud.bridgeRttMs !== null ? text.viaBridge : ""}
          </span>
        </Figure>
        <Figure name={text.fps} id="fps">
          {figure(hud.fps, "fps")}
        </Figure>
        <Figure name={text.bitrate} id="bitrate">
          {bitrate(hud.kbps)}
        </Figure>
        <Figure name={text.speed} id="speed">
          {hud.askedMps === null ? "" : `${hud.askedMps.toFixed(2)} → `}
          {figure(hud.appliedMps, "m/s", 2)}
          {hud.allowedMps !== null && (
            <span class="figure-parts figure-allowed">{text.allowed(hud.allowedMps.toFixed(2))}</span>
          )}
        </Figure>
        <Figure name={text.limit} id="limit" datum={hud.limit ?? "unknown"}>
          {hud.limit === null ? "–" : words.value.limit[hud.limit]}
        </Figure>
      </dl>
      <GlassBar session={session} />
      <div class="hud-history">
        <p class="figure-name">{text.loopHistory}</p>
        <Sparkline values={session.gauges.history.value} label={text.loopHistory} />
      </div>
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly id: string;
  readonly title?: string;
  readonly datum?: string;
  readonly children: ComponentChildren;
}

export function Figure({ name, id, title, datum, children }: FigureProps): JSX.Element {
  return (
    <div class="figure" title={title}>
      <dt class="figure-name">{name}</dt>
      <dd data-testid={`hud-${id}`} data-value={datum}>
        {children}
      </dd>
    </div>
  );
}
