import { describe, expect, it } from "vitest";
import { en } from "../../src/strings/en";
import { bitrate, clockTime, dateTime, figure, percent, span } from "../../src/strings/figures";
import { firstLanguage, WORDS } from "../../src/strings/language";
import { zhCN } from "../../src/strings/zh-CN";
import type { EventKind } from "../../src/wire/messages.gen";
import { event } from "../builders";

const KINDS = Object.keys({
  joined: 1,
  left: 1,
  robot_online: 1,
  robot_offline: 1,
  stopped: 1,
  reset: 1,
  asked: 1,
  granted: 1,
  offered: 1,
  offer_lapsed: 1,
  taken: 1,
  returned: 1,
  revoked: 1,
  lease_expired: 1,
  hold: 1,
  fault: 1,
  capped: 1,
  muted: 1,
  unmuted: 1,
  gesture_begun: 1,
  gesture_done: 1,
  gesture_aborted: 1,
  gestures_on: 1,
  gestures_off: 1,
  uplink_up: 1,
  uplink_down: 1,
  area_clear: 1,
  area_not_clear: 1,
  cue: 1,
  show_held: 1,
  show_ended: 1,
  spoke: 1,
} satisfies Record<EventKind, 1>) as EventKind[];

function texts(words: unknown): string[] {
  if (typeof words === "string") return [words];
  if (typeof words !== "object" || words === null) return [];
  return Object.values(words).flatMap(texts);
}

describe("the words", () => {
  it.each([
    ["English", en],
    ["Chinese", zhCN],
  ])("are all there in %s", (_language, words) => {
    expect(texts(words).filter((each) => each.trim() === "")).toEqual([]);
  });

  it("never promise an emergency stop", () => {
    expect(texts([en, zhCN]).filter((each) => /emergency|急停|something went wrong/i.test(each))).toEqual([]);
  });

  it("are written in Chinese, not left in English", () => {
    const allowed = ["Stagebridge", "English", "Switch to English"];
    const latin = texts(zhCN).filter((each) => !/\p{Script=Han}/u.test(each) && !allowed.includes(each));

    expect(latin).toEqual([]);
  });

  it.each(KINDS)("tell of the event %s, with and without names", (kind) => {
    for (const words of [en, zhCN]) {
      for (const names of [
        { by: "Anna", to: "Bo" },
        { by: null, to: null },
      ]) {
        expect(words.eventText(event({ kind }), names)).not.toMatch(/undefined|null|^$/);
      }
    }
  });

  it("name who did it, even after they have left", () => {
    expect(en.eventText(event({ kind: "left", name: "Anna" }), { by: null, to: null })).toBe("Anna left");
    expect(en.eventText(event({ kind: "stopped", role: "staff" }), { by: null, to: null })).toBe(
      "Stopped by staff",
    );
  });
});

it("tell of a speed cap with its figure, and of its end", () => {
  const names = { by: "Bo", to: null };
  const told = (detail: string) => event({ kind: "capped", detail });

  expect(en.eventText(told("0.3 m/s"), names)).toBe("Bo capped the speed at 0.30\u2009m/s");
  expect(en.eventText(told("0 m/s"), names)).toBe("Bo capped the speed at 0.00\u2009m/s");
  expect(en.eventText(told("no cap"), names)).toBe("Bo lifted the speed cap");
  expect(zhCN.eventText(told("0.3 m/s"), names)).toBe("Bo把限速设为 0.30\u2009m/s");
  expect(zhCN.eventText(told("no cap"), names)).toBe("Bo取消了限速");
});

it("tell apart who is muted and who wanted somebody muted to drive", () => {
  for (const words of [en, zhCN]) {
    expect(words.refusalText("lease_request", "muted")).toBe(words.refusal.muted);
    expect(words.refusalText("lease_offer", "muted")).not.toBe(words.refusal.muted);
    expect(words.refusalText("lease_offer", "held")).toBe(words.refusal.held);
  }
});

it("say in the question that muting takes away a STOP", () => {
  for (const words of [en, zhCN]) {
    const sentences = [
      words.staff.muteAsk("Eve"),
      words.staff.muteNow,
      words.staff.muted,
      words.stopTrouble.muted,
    ];

    for (const sentence of sentences) expect(sentence).toMatch(/STOP|停止/);
  }
});

const readinessSeen = (language: "en" | "zh-CN") =>
  Object.fromEntries(
    Object.entries(WORDS[language].readiness.seen).map(([check, each]) => [`robot's ${check}`, each]),
  );

const SENTENCES = (["en", "zh-CN"] as const).flatMap((language) =>
  Object.entries({ ...WORDS[language].preflight.seen, ...readinessSeen(language) }).flatMap(
    ([check, sentences]) =>
      Object.entries(sentences).map(([seen, sentence]) => [language, check, seen, sentence] as const),
  ),
);

it.each(SENTENCES)(
  "say in %s of %s: %s, with the figures and without",
  (language, _check, _seen, sentence) => {
    const all = { rtt_ms: 1, p95_ms: 2, jitter_ms: 3, loss: 0.1, gap_ms: 4, ahead_ms: 5, error_ms: 6 };

    for (const said of [sentence(all, "turn:a"), sentence({}, "turn:a")]) {
      expect(said).not.toMatch(/undefined|null|NaN|^$/);
      if (language === "zh-CN") expect(said).toMatch(/\p{Script=Han}/u);
    }
  },
);

describe("figures", () => {
  it("have units, a thin space, and a dash for what is not known", () => {
    expect(figure(84.4, "ms")).toBe("84\u2009ms");
    expect(figure(null, "ms")).toBe("–");
    expect(figure(Number.NaN, "ms")).toBe("–");
    expect(span(420)).toBe("420\u2009ms");
    expect(span(1_420)).toBe("1.4\u2009s");
    expect(span(61_000)).toBe("61\u2009s");
    expect(bitrate(820)).toBe("820\u2009kb/s");
    expect(bitrate(1_420)).toBe("1.4\u2009Mb/s");
    expect(percent(0.825)).toBe("83\u2009%");
  });

  it("write dates as 2026-11-23 12:04:31", () => {
    const at = new Date(2026, 10, 23, 12, 4, 31).getTime();

    expect(dateTime(at)).toBe("2026-11-23 12:04:31");
    expect(clockTime(at)).toBe("12:04:31");
  });
});

describe("the first language", () => {
  it.each([
    ["zh-CN", ["en-US"], "zh-CN"],
    ["en", ["zh-CN"], "en"],
    ["xx", ["zh-HK"], "zh-CN"],
    [null, ["fr-FR", "zh-TW", "en"], "zh-CN"],
    [null, ["fr-FR", "en-GB"], "en"],
    [null, [], "en"],
  ] as const)("stored %j, browser %j: %s", (stored, browser, expected) => {
    expect(firstLanguage(stored, browser)).toBe(expected);
  });
});
