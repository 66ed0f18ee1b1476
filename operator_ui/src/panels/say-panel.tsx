import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../session/session";
import { language, words } from "../strings/language";

/** Has the robot say what is written: for when the own voice does not get through. */
export function SayPanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.speech;
  const speech = session.desk.value.speech;
  const [line, setLine] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  if (speech === null || !session.hasRole("presenter", "staff")) return null;
  const can = speech.engine !== "";
  const spoken = chosen ?? (language.value === "zh-CN" ? "zh" : "en");
  const say = () => {
    session.show.speak(line, spoken);
    setLine("");
  };
  let note = text.quiet;
  if (!can) note = text.missing(speech.missing ?? "");
  else if (speech.says) note = text.says(speech.says);
  return (
    <section class="panel say" aria-labelledby="say-heading" data-testid="say">
      <h2 id="say-heading">{text.heading}</h2>
      <form
        class="say-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (can) say();
        }}
      >
        <input
          type="text"
          class="text-field"
          data-testid="say-text"
          aria-label={text.text}
          placeholder={text.text}
          maxLength={300}
          value={line}
          disabled={!can}
          onInput={(event) => setLine(event.currentTarget.value)}
        />
        <div class="row">
          <select
            class="choice-field"
            data-testid="say-language"
            aria-label={text.language}
            value={spoken}
            disabled={!can}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {["en", "zh"].map((each) => (
              <option key={each} value={each}>
                {text.languageOf[each]}
              </option>
            ))}
          </select>
          <button
            type="submit"
            data-testid="say-send"
            disabled={!can || line.trim() === "" || session.isWaiting("say")}
          >
            {text.say}
          </button>
          <button
            type="button"
            data-testid="say-hush"
            disabled={!speech.says || session.isWaiting("hush")}
            onClick={() => session.show.hush()}
          >
            {text.hush}
          </button>
        </div>
      </form>
      <p class={can ? "note" : "note tone-warn"} data-testid="say-note" aria-live="polite">
        {note}
      </p>
    </section>
  );
}
