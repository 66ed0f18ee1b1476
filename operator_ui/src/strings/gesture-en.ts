/** Every word about gestures, in English. */
import type { GestureEnd } from "../wire/messages.gen";

const known: Readonly<Record<string, string>> = {
  wave: "Wave",
  bow: "Bow",
  handshake: "Shake hands",
  point: "Point",
  applause: "Applause",
  "idle-alive": "Idle, alive",
};

/** A gesture by its name; one that these pages never heard of goes by the robot's own word for it. */
const nameOf = (name: string) => known[name] ?? name;

const quoted = (name: string | null | undefined) =>
  name === null || name === undefined ? "gesture" : `gesture “${nameOf(name)}”`;

const ended: Record<GestureEnd, (by: string, detail: string) => string> = {
  cancelled: (by) => `${by} broke it off`,
  stopped: () => "STOP",
  lease: () => "the controls change hands",
  no_staff: () => "no staff watch the robot",
  not_allowed: (by) => `${by} switched gestures off`,
  failed: (_by, detail) => (detail === "" ? "the robot could not perform it" : `the robot says: ${detail}`),
  overran: () => "it took far longer than the robot had said",
};

export const gestureEn = {
  nameOf,
  heading: "Gestures",
  none: "This robot knows no gestures.",
  large: "asks twice",
  again: "again: begin",
  ready: "Each begins at standstill, with the hands off the controls.",
  runs: (name: string) => `Runs: ${name}. Nothing drives meanwhile.`,
  offered: (name: string, leftS: number) => `${name} needs room. Press it again within ${leftS} s.`,
  progress: "How much of the gesture is done",
  cancel: "Cancel",
  key: "gestures",
  lookKey: "look",
  look: "Look",
  lookAhead: "Ahead",
  lookLeft: "Look left",
  lookRight: "Look right",
  lookUp: "Look up",
  lookDown: "Look down",
  lookNow: (degrees: string) => `${degrees} from ahead. The picture turns with it; driving does not.`,
  coSpeech: "Moves with the voice",
  coSpeechNote: {
    on: "Arms and head move a little while the voice is heard.",
    off: "It keeps still while it speaks.",
  },
  allow: "On",
  bar: "Off",
  allowedNote: "Whoever drives may begin one, at standstill.",
  barredNote: "Nobody may begin one, until staff switch them on.",
  performing: (name: string | null) => `The robot performs: ${name === null ? "a gesture" : nameOf(name)}.`,
  begun: (by: string, name: string | null | undefined) => `${by} began the ${quoted(name)}`,
  done: (name: string | null | undefined) => `The ${quoted(name)} is done`,
  aborted: (name: string | null | undefined, end: GestureEnd, by: string, detail: string) =>
    `The ${quoted(name)} was broken off: ${ended[end](by, detail)}`,
  switchedOn: (by: string) => `${by} allowed gestures`,
  switchedOff: (by: string) => `${by} switched gestures off`,
};
