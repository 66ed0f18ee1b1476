import type { ComponentChildren, JSX } from "preact";
import type { Session } from "../session/session";
import { bitrate, figure } from "../strings/figures";
import { words } from "../strings/language";

/** The figures of the link: the loop delay as a budget that adds up, and what it rests on. */
export function Hud({ session }: { readonly session: Session }): JSX.Element {
  const hud = session.hud.value;
  const text = words.value.hud;
  const whole = (value: number | null) => (value === null ? "–" : String(Math.round(value)));
  return (
    <dl class="hud" aria-label={text.heading} data-testid="hud">
      <Figure name={text.loop} id="loop" wide>
        <span class="figure-main">{figure(hud.loopMs, "ms")}</span>
        {hud.networkMs !== null && (
          <span class="figure-parts">{text.loopParts(whole(hud.networkMs), whole(hud.endsMs))}</span>
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
      </Figure>
      <Figure name={text.limit} id="limit" datum={hud.limit ?? "unknown"}>
        <span class="figure-text">{hud.limit === null ? "–" : words.value.limit[hud.limit]}</span>
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly id: string;
  readonly wide?: boolean;
  readonly datum?: string;
  readonly children: ComponentChildren;
}

export function Figure({ name, id, wide = false, datum, children }: FigureProps): JSX.Element {
  return (
    <div class={wide ? "figure figure-wide" : "figure"}>
      <dt>{name}</dt>
      <dd data-testid={`hud-${id}`} data-value={datum}>
        {children}
      </dd>
    </div>
  );
}
