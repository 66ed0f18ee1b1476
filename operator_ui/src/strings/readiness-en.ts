import type { GoOrNot, Missing, Part } from "../session/preflight/certificate";
import type { Health } from "../session/preflight/line";
import { figure, percent, span } from "./figures";
import { type Sentence, told } from "./preflight-en";

const clockEn: Sentence = (f) => {
  const ahead = told(f, "ahead_ms") ?? 0;
  const way = ahead > 0 ? "ahead of" : "behind";
  return `${span(Math.abs(ahead))} ${way} the bridge's, ± ${span(told(f, "error_ms"))}`;
};

type Words = Readonly<Record<string, Readonly<Record<string, Sentence>>>>;

/** What the robot says of its own fitness, while it runs. */
const seen = {
  driver: {
    healthy: () => "open, and reports no fault",
    fault: (_f, about) => `reports a fault: ${about}. Look at the robot.`,
    silent: () => "the robot's motion process says nothing. Look at the robot's log.",
  },
  loop: {
    prompt: (f) => `on time: 95 of 100 beacons within ${figure(told(f, "p95_ms"), "ms", 1)}`,
    late: (f) => `beacons come ${figure(told(f, "p95_ms"), "ms", 1)} late. End what else runs on the robot.`,
    tooLate: (f) =>
      `beacons come ${figure(told(f, "p95_ms"), "ms", 1)} late: the robot's computer is too busy. End what else runs on it.`,
    silent: () => "no beacons come. Look at the robot's log.",
  },
  battery: {
    good: (f) => percent(told(f, "charge")),
    low: (f) => `${percent(told(f, "charge"))}. Charge it before the show.`,
  },
  eye: {
    live: (_f, about) => `${about} shows what is now`,
    frozen: (_f, about) => `${about} shows one picture again and again. Plug it in again.`,
    absent: (_f, about) => `${about} shows nothing. Look at its cable.`,
    none: () => "no camera could be opened. Look at its cable, and at the robot's log.",
  },
  sound: {
    works: () => "microphone and loudspeaker are open",
    missing: (_f, about) => `${about}. Plug the sound device in.`,
    silent: () => "the robot says nothing of its sound. Look at the robot's log.",
  },
  uplink: {
    quick: (f) => `${figure(told(f, "rtt_ms"), "ms")} there and back`,
    slow: (f) =>
      `${figure(told(f, "rtt_ms"), "ms")} there and back: the robot slows, and holds. A cable helps.`,
    unknown: () => "not measured yet",
  },
  relay: {
    chosen: (_f, about) => about,
    none: () => "none is set up: robot and presenter need networks that reach each other.",
    silent: () => "no TURN server answers. Look at the hall's firewall, and at the server.",
    unknown: () => "not known: no camera is open.",
  },
  clock: {
    right: clockEn,
    off: (f) => `${clockEn(f, "")}. Start an NTP client on the robot.`,
    wrong: (f) => `${clockEn(f, "")}: relays refuse its credentials. Set the robot's clock.`,
    unknown: () => "not compared yet",
  },
} satisfies Words;

const check = {
  driver: "Driver",
  loop: "Motion loop",
  battery: "Battery",
  eye: "Camera",
  sound: "Sound",
  uplink: "Bridge",
  relay: "Relay (TURN)",
  clock: "Clock",
} satisfies Record<keyof typeof seen, string>;

export const readinessEn = {
  heading: "Readiness",
  robot: "Robot",
  notSaid: "The robot has not said how it is.",
  checked: (age: string, verdict: string, soak: string) =>
    `Checked ${age}: ${verdict} (link measured for ${soak})`,
  /** As words in a sentence. */
  verdict: { green: "go", amber: "go, with care", red: "no-go" } satisfies Record<Health, string>,
  age: (ms: number) => {
    const minutes = Math.floor(ms / 60_000);
    if (minutes < 1) return "just now";
    return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
  },
  all: "All lines",
  certificate: {
    print: "Certificate to print",
    save: "Certificate as JSON",
    printNow: "Print",
    none: "There is no certificate here. Make one on the staff's page, under Readiness.",
    title: (room: string) => `Is ${room} ready for the show?`,
    examined: (when: string) => `Examined ${when}`,
    checkedAt: (when: string) => `checked ${when}`,
    soak: (span: string) => `link measured for ${span}`,
    unchecked: "not checked",
    name: "name",
    date: "date and time",
    verdict: { go: "GO", go_with_care: "GO, with care", no_go: "NO-GO" } satisfies Record<GoOrNot, string>,
    explained: {
      go: "Nothing stands against the show.",
      go_with_care: "The show can go on; what is less good says what would help.",
      no_go: "Something does not work. Cure it, and examine again.",
    } satisfies Record<GoOrNot, string>,
    role: {
      robot: "robot",
      room: "room",
      presenter: "presenter",
      staff: "staff",
      observer: "observer",
    } satisfies Record<Part["role"], string>,
    missingName: "Check",
    missing: {
      no_presenter: "no presenter is in the room.",
      not_said: "the robot has not said how it is. Is it connected?",
      not_checked: "not checked yet. Check everything on the own page, under Before the show.",
      checked_long_ago: "checked more than an hour ago. Check again.",
    } satisfies Record<Missing, string>,
  },
  check: check as Readonly<Record<keyof typeof seen, string>>,
  seen: seen as { readonly [C in keyof typeof seen]: Readonly<Record<keyof (typeof seen)[C], Sentence>> },
};

export type ReadinessWords = typeof readinessEn;
