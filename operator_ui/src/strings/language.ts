/** Which language the pages speak: the one chosen before, else the browser's. */
import { computed, effect, signal } from "@preact/signals";
import { en, type Words } from "./en";
import { zhCN } from "./zh-CN";

export type Language = "en" | "zh-CN";

export const WORDS: Readonly<Record<Language, Words>> = { en, "zh-CN": zhCN };

const KEY = "stagebridge.language";

/** Return the language to begin with. */
export function firstLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === "en" || stored === "zh-CN") return stored;
  const known = browser.find((each) => /^(zh|en)\b/i.test(each));
  return known !== undefined && /^zh/i.test(known) ? "zh-CN" : "en";
}

export function otherThan(language: Language): Language {
  return language === "en" ? "zh-CN" : "en";
}

export const language = signal<Language>("en");

/** The words in the page's language. */
export const words = computed(() => WORDS[language.value]);

/** Choose the first language, and keep the page and the store in step with the choice. */
export function startLanguage(page: Window): void {
  language.value = firstLanguage(page.localStorage.getItem(KEY), page.navigator.languages);
  effect(() => {
    page.document.documentElement.lang = language.value;
  });
}

/** Choose a language, and remember it. */
export function chooseLanguage(chosen: Language, store: Storage): void {
  language.value = chosen;
  store.setItem(KEY, chosen);
}
