import type { JSX } from "preact";
import type { Session } from "../session/session";
import { en } from "../strings/en";
import { words } from "../strings/language";
import { zhCN } from "../strings/zh-CN";

/** STOP: acts when the finger touches, shows how far it got. The word is there in both languages, always. */
export function StopButton({
  session,
  all = false,
}: {
  readonly session: Session;
  readonly all?: boolean;
}): JSX.Element {
  const progress = session.stopProgress.value;
  const text = words.value.stop;
  const act = () => (all ? session.stopAll() : session.stop());
  return (
    <button
      type="button"
      class={all ? "stop stop-all" : "stop"}
      data-testid={all ? "stop-all" : "stop"}
      data-progress={progress}
      data-reach={session.reach.value}
      title={all ? text.allName : text.name}
      onPointerDown={(event) => {
        if (event.button === 0) act();
      }}
      onClick={(event) => {
        if (event.detail === 0) act(); // by keyboard or assistive technology; a pointer has acted already
      }}
    >
      <span class="stop-word">
        <span lang="en">{all ? en.stop.all : en.stop.word}</span>{" "}
        <span lang="zh-CN">{all ? zhCN.stop.all : zhCN.stop.word}</span>
      </span>
      <span
        class="stop-progress"
        data-testid={all ? "stop-all-progress" : "stop-progress"}
        aria-live="assertive"
      >
        {text.progress[progress]}
      </span>
    </button>
  );
}
