import type { JSX } from "preact";
import type { Standing } from "../session/state-word";
import type { Words } from "../strings/en";
import { words } from "../strings/language";

/** What keeps this page from the stage. */
export type Trouble =
  | { readonly kind: "no_token" | "unreachable" | "robot_away" }
  | { readonly kind: "ended"; readonly why: keyof Words["trouble"]["ended"] };

/** Return the trouble in a standing, null when there is none to explain at length. */
export function troubleOf(standing: Standing): Trouble | null {
  const { reason } = standing;
  switch (reason.kind) {
    case "no_token":
    case "robot_away":
      return { kind: reason.kind };
    case "redialling":
      return { kind: "unreachable" };
    case "ended":
      return { kind: "ended", why: reason.why };
    default:
      return null;
  }
}

/** What happened, what it means for the robot, what to do; in the picture's place, or in the lower part of the last one. */
export function TroubleNote(props: {
  readonly trouble: Trouble;
  readonly underPicture: boolean;
}): JSX.Element {
  const { trouble, underPicture } = props;
  const { title, lines } = explained(trouble, words.value.trouble);
  return (
    <div
      class={underPicture ? "trouble trouble-below" : "trouble"}
      data-testid="trouble"
      data-trouble={trouble.kind === "ended" ? trouble.why : trouble.kind}
    >
      <h2>{title}</h2>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {trouble.kind === "ended" && (
        <button type="button" class="primary" data-testid="reload" onClick={() => window.location.reload()}>
          {words.value.trouble.reload}
        </button>
      )}
    </div>
  );
}

function explained(trouble: Trouble, text: Words["trouble"]): { title: string; lines: readonly string[] } {
  switch (trouble.kind) {
    case "no_token":
      return { title: text.noTokenTitle, lines: text.noToken };
    case "unreachable":
      return { title: text.unreachableTitle, lines: text.unreachable };
    case "robot_away":
      return { title: text.robotAwayTitle, lines: text.robotAway };
    case "ended":
      return { title: text.endedTitle[trouble.why], lines: [text.endedRobot, text.ended[trouble.why]] };
    default:
      return trouble satisfies never;
  }
}
