import type { JSX } from "preact";
import { type Glass, PARTS } from "../media/glass";
import type { Session } from "../session/session";
import { figure } from "../strings/figures";
import { words } from "../strings/language";

/** From the robot's lens to this screen: the whole, its parts as a bar, and the same in words that add up. */
export function GlassBar({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.hud;
  const glass = session.gauges.hud.value.glass;
  return (
    <section class="glass" data-testid="glass" title={text.glassMeaning} aria-label={text.glass}>
      <p class="glass-line">
        <span class="figure-name">{text.glass}</span>
        <strong data-testid="glass-p50">{figure(glass?.p50Ms ?? null, "ms")}</strong>
        {glass === null ? (
          <span class="muted">{text.glassUnknown}</span>
        ) : (
          <span class="muted" data-testid="glass-p95" data-p95={glass.p95Ms}>
            {text.glassSpread(glass.p95Ms, glass.errorMs)}
          </span>
        )}
        {glass !== null && <Words glass={glass} />}
      </p>
      <div class="glass-bar" aria-hidden="true">
        {glass !== null &&
          PARTS.map((part) => (
            <span key={part} class={`glass-part glass-${part}`} style={{ flexGrow: glass.parts[part] }} />
          ))}
      </div>
    </section>
  );
}

function Words({ glass }: { readonly glass: Glass }): JSX.Element {
  const text = words.value.hud;
  return (
    <span class="glass-words">
      {PARTS.map((part) => (
        <span key={part} class="glass-word" data-testid={`glass-${part}`} data-ms={glass.parts[part]}>
          <i class={`glass-swatch glass-${part}`} />
          {text.glassParts[part]} {glass.parts[part]}
        </span>
      ))}
    </span>
  );
}
