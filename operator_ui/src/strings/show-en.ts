/** Every word about shows, speech and written notes, in English. */
import type { ShowHeld, ShowNeed } from "../wire/messages.gen";

const need: Record<ShowNeed, string> = {
  at_mark: "The robot does not stand at its mark.",
  battery: "The battery is too low for this cue.",
  link: "The link is not good enough for this cue.",
  area_clear: "The staff have not declared the area clear.",
};

const held: Record<ShowHeld, string> = {
  person: "Held. Go takes it on.",
  link: "Held: the presenter's link was away. Go takes it on.",
  stopped: "Held: STOP. Clear it, then Go takes it on.",
  needs: "Held.",
  failed: "Held: the robot could not do it. Go tries again, Skip leaves it out.",
  aborted: "Aborted. Go takes it on from here.",
};

const kind: Readonly<Record<string, string>> = {
  move: "walk",
  gesture: "gesture",
  speak: "speech",
  sound: "sound",
  face: "face",
  light: "light",
  slide: "slide",
  pause: "pause",
  live: "live",
  wait_for_staff: "staff",
  sequence: "sequence",
};

export const showEn = {
  heading: "Run of show",
  kindOf: (name: string) => kind[name] ?? name,
  go: "Go",
  goTo: (number: number, title: string) => `Go: ${number}. ${title}`,
  goOn: (number: number, title: string) => `Go on: ${number}. ${title}`,
  hold: "Hold",
  skip: "Skip",
  abort: "Abort",
  standby: (title: string) => `Stand by: ${title}`,
  again: "From the top",
  over: "The show is over.",
  ready: (title: string) => `Standing by: ${title}`,
  runs: (title: string) => `Now: ${title}`,
  move: (mark: string) => `Drive the robot to the mark “${mark}”.`,
  waitsForStaff: "Waiting for the staff to say go.",
  live: "Live: you are on. Go begins the next cue.",
  interlude: "The link is away: the audience sees the hold card, and the robot waits.",
  held,
  need,
  follows: "follows by itself",
  clock: (shown: string, cue: string) => `${shown} in the show · ${cue} in the cue`,
  planned: (length: string) => `planned ${length}`,
  problems: "This robot cannot do all of it:",
  list: "Cues",
  state: { done: "done", running: "running", held: "held", next: "next", waiting: "to come" },
  markDrive: (mark: string) => `Hold: to the mark “${mark}”`,
  markHome: "start",
  markNote: "The robot steers itself while you hold. Let go, and it stands.",
  markKey: "to the mark",
  prompter: "Teleprompter",
  prompterNow: "Now",
  prompterNext: "Next",
  prompterEmpty: "This cue has no words.",
  prompterLarger: "Larger",
  prompterSmaller: "Smaller",
  key: "next cue",
  area: "Area around the robot",
  areaClear: "Declare it clear",
  areaNot: "Not clear",
  areaNote: {
    clear: "Declared clear. A STOP takes the word back.",
    not: "Not declared clear: a show performs no large gesture.",
    unknown: "The robot is not heard.",
  },
  cueEvent: (detail: string) => `Cue ${detail}`,
  heldEvent: (detail: string) => `The show is held at ${detail}`,
  endedEvent: "The show is over",
  spokeEvent: (by: string, text: string) => `${by} had the robot say: “${text}”`,
  areaClearEvent: (by: string) => `${by} declared the area clear`,
  areaNotClearEvent: "The area is not declared clear any more",
};

export const speechEn = {
  heading: "The robot's own voice",
  text: "A line for the robot to say",
  say: "Say it",
  hush: "Hush",
  language: "Language",
  languageOf: { en: "English", zh: "中文" } as Readonly<Record<string, string>>,
  quiet: "It says what is written here, when your own voice does not get through.",
  says: (text: string) => `Says: “${text}”`,
  missing: (why: string) => `It cannot speak by itself: ${why}`,
};

export const notesEn = {
  heading: "Notes",
  text: "A note to presenter and staff",
  send: "Send",
  none: "No notes yet. The audience sees none of them.",
  from: (name: string, time: string) => `${name}, ${time}`,
  fresh: (name: string, text: string) => `${name}: ${text}`,
};
