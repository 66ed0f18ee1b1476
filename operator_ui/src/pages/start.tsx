/** How every page begins: language, session, first render. */
import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { render } from "preact";
import { Session, type SessionOptions } from "../session/session";
import type { Words } from "../strings/en";
import { startLanguage, words } from "../strings/language";
import "./tokens.css";
import "./parts.css";
import "./glass.css";
import "./voice.css";

/** Start the page `Page`; the tab shows the state word, so that a hidden tab still says how things stand. */
export function start(
  Page: (props: { session: Session }) => JSX.Element,
  title: (text: Words) => string,
  options: SessionOptions,
): void {
  startLanguage(window);
  const session = new Session(window, options);
  const place = document.getElementById("page");
  if (place === null) throw new Error('expected an element with the id "page"');
  render(<Page session={session} />, place);
  effect(() => {
    const text = words.value;
    document.title = `${text.stateWord[session.standing.value.word]} · ${title(text)} · ${text.productName}`;
  });
  session.open(window);
}
