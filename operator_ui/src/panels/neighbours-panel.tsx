import type { JSX } from "preact";
import type { Neighbour } from "../session/neighbours";
import type { Session } from "../session/session";
import { en } from "../strings/en";
import { figure, percent } from "../strings/figures";
import { words } from "../strings/language";
import { zhCN } from "../strings/zh-CN";
import { StateIcon } from "./icons";

/** The other robots that are watched in this browser, a card and a STOP each. Not there while there are none. */
export function NeighboursPanel({
  session,
  wall,
}: {
  readonly session: Session;
  readonly wall: boolean;
}): JSX.Element | null {
  const text = words.value.watch.neighbours;
  const cards = session.neighbours.cards.value;
  if (cards.length === 0) return null;
  return (
    <section class="panel neighbours" aria-labelledby="neighbours-heading" data-testid="neighbours">
      <h2 id="neighbours-heading">{text.heading}</h2>
      <ul class="neighbour-list">
        {cards.map((card) => (
          <li key={card.robot} class="neighbour" data-testid={`neighbour-${card.robot}`}>
            <Standing card={card} />
            {!wall && <Stop card={card} onStop={() => session.neighbours.stop(card.robot)} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ card }: { readonly card: Neighbour }): JSX.Element {
  const text = words.value.watch.neighbours;
  const word = card.fresh ? card.word : "link_lost";
  return (
    <div class={`neighbour-words ${TONE[word] ?? "muted"}`} data-word={word} data-fresh={card.fresh}>
      <p class="neighbour-state">
        <StateIcon word={word} />
        <strong>{card.robot}</strong>
        <span>{card.fresh ? words.value.stateWord[word] : text.silent}</span>
      </p>
      <p class="muted">
        {[
          card.driver === null ? words.value.staff.nobody : text.drives(card.driver),
          figure(card.speedMps, "m/s", 2),
          percent(card.battery),
        ].join(" · ")}
      </p>
    </div>
  );
}

const TONE: Readonly<Record<string, string>> = {
  link_lost: "tone-bad",
  stopped: "tone-bad",
};

/** Acts when the finger touches, like every STOP. */
function Stop({ card, onStop }: { readonly card: Neighbour; readonly onStop: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class="stop neighbour-stop"
      data-testid={`stop-${card.robot}`}
      aria-label={`${en.stop.word} ${zhCN.stop.word} ${card.robot}`}
      onPointerDown={(event) => {
        if (event.button === 0) onStop();
      }}
      onClick={(event) => {
        if (event.detail === 0) onStop();
      }}
    >
      <span class="stop-word">
        <span lang="en">{en.stop.word}</span> <span lang="zh-CN">{zhCN.stop.word}</span>
      </span>
    </button>
  );
}
