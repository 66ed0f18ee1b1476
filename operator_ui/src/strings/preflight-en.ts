import type { Check, Figures, Health, SeenOf } from "../session/preflight/line";
import type { Phase } from "../session/preflight/preflight";
import { bitrate, figure, percent, span } from "./figures";

/** What was seen, and what would cure it; `about` says which server or gamepad. */
export type Sentence = (figures: Figures, about: string) => string;
export type SeenWords = { readonly [C in Check]: Readonly<Record<SeenOf[C], Sentence>> };

/** A figure by its name, null when it was not told. */
export const told = (figures: Figures, name: string): number | null => figures[name] ?? null;

const socketEn: Sentence = (f) =>
  `${figure(told(f, "rtt_ms"), "ms")}, 95 of 100 within ${figure(told(f, "p95_ms"), "ms")}, jitter ${figure(told(f, "jitter_ms"), "ms")}, ${percent(told(f, "loss"))} unanswered, longest silence ${figure(told(f, "gap_ms"), "ms")}`;

const mediaEn: Sentence = (f) =>
  `${bitrate((told(f, "down_bps") ?? 0) / 1000)} down and ${bitrate((told(f, "up_bps") ?? 0) / 1000)} up, ${percent(told(f, "loss"))} lost, round trip ${figure(told(f, "rtt_ms"), "ms")}, 95 of 100 within ${figure(told(f, "p95_ms"), "ms")}, jitter ${figure(told(f, "jitter_ms"), "ms")}`;

const clockEn: Sentence = (f) => {
  const ahead = told(f, "ahead_ms") ?? 0;
  const way = ahead > 0 ? "ahead of" : "behind";
  return `${span(Math.abs(ahead))} ${way} the bridge's, ± ${span(told(f, "error_ms"))}`;
};

const noDeviceEn = {
  insecure: () => "only over https. Open the https link.",
  denied: () => "the browser does not allow it. Allow it beside the address, and check again.",
  busy: () => "another program has it. Close that program, and check again.",
  failed: () => "it does not open. Plug it in again, or take another.",
};

export const preflightEn = {
  heading: "Before the show",
  look: "Check everything",
  again: "Check again",
  note: "The browser asks for your devices, and you hear a short tone. It calls nobody.",
  notWhileDriving: "Not while you drive.",
  soak: "Measure the link for",
  soakChoice: (s: number) => (s < 60 ? figure(s, "s") : figure(s / 60, "min")),
  phase: {
    devices: () => "Devices: allow them if the browser asks; then a tone …",
    ways: () => "Looking for ways out of this network …",
    soak: (leftS: number | null) => `Measuring the link, ${figure(leftS, "s")} left …`,
  } satisfies Record<Phase, (leftS: number | null) => string>,
  end: "End the measurement",
  heardIt: "I heard the tone",
  health: { green: "good", amber: "less good", red: "not working" } satisfies Record<Health, string>,
  verdict: {
    green: "Ready for the show.",
    amber: "The show can go on; see what would make it better.",
    red: "Not ready: first cure what does not work.",
  } satisfies Record<Health, string>,
  check: {
    page: "This page",
    bridge: "Bridge",
    clock: "Clock",
    socket: "Bridge, measured",
    cpu: "This device",
    udp: "UDP",
    turn: "Relay (TURN)",
    media: "Media road",
    camera: "Camera",
    microphone: "Microphone",
    speaker: "Loudspeaker",
    pad: "Gamepad",
  } satisfies Record<Check, string>,
  seen: {
    page: {
      secure: () => "came encrypted",
      insecure: () => "came without TLS: no camera, no microphone. Open the https link.",
    },
    bridge: {
      open: () => "connected",
      away: () => "not connected. Look at your network.",
    },
    clock: {
      right: clockEn,
      off: (f) => `${clockEn(f, "")}. Set this device's clock by the network.`,
      wrong: (f) => `${clockEn(f, "")}: invites and relays expire by it. Set this device's clock.`,
      unknown: () => "not known: the bridge has not said the time. Check again when it is connected.",
    },
    socket: {
      quick: socketEn,
      slow: (f, about) => `${socketEn(f, about)}. The robot slows, and holds: a cable instead of Wi-Fi.`,
      lossy: (f, about) => `${socketEn(f, about)}. The connection breaks: a cable, or another network.`,
      silent: () => "no ping was answered. Look at your network.",
      ended: () => "not measured: it was ended before.",
    },
    cpu: {
      prompt: (f) => `on time: 95 of 100 timers within ${figure(told(f, "p95_ms"), "ms", 1)}`,
      late: (f) => `timers fire ${figure(told(f, "p95_ms"), "ms", 1)} late. Close other tabs and programs.`,
      tooLate: (f) =>
        `timers fire ${figure(told(f, "p95_ms"), "ms", 1)} late: too busy to drive from. Close other programs, or take another device.`,
      hidden: () => "not measured: the page was in the background. Leave it in front, and check again.",
      ended: () => "not measured: it was ended before.",
    },
    udp: {
      works: () => "gets out",
      blocked: () =>
        "blocked here, so the picture comes later. Use another network, or ask for UDP to be let out.",
      none: () => "not tested: this bridge knows no STUN or TURN server.",
      unknown: () => "not tested: this browser does not look.",
    },
    turn: {
      works: (f, about) => `${about} relays, after ${figure(told(f, "took_ms"), "ms")}`,
      blocked: (_f, about) => `${about} does not answer. Another way may do; else use another network.`,
      refused: (_f, about) => `${about} refuses. Compare its secret and clock with the bridge's.`,
      none: () => "none is set up: robot and you need networks that reach each other.",
      unknown: () => "not tested: this browser does not look.",
    },
    media: {
      good: mediaEn,
      narrow: (f, about) =>
        `${mediaEn(f, about)}. The picture will be coarser. (Here your uplink carries it too.) Use another network.`,
      lossy: (f, about) => `${mediaEn(f, about)}. A cable instead of Wi-Fi, or another network.`,
      far: (f, about) => `${mediaEn(f, about)}. A TURN server nearer to you would help.`,
      unusable: (f, about) => `${mediaEn(f, about)}. This network carries no show: use another one.`,
      closed: () => "not measured: no relay reaches another. The TURN server must relay to its own address.",
      ended: () => "not measured: it was ended before.",
      none: () => "not measured: no TURN server is set up.",
    },
    camera: {
      works: () => "opens",
      absent: () => "none found. Plug one in to be seen.",
      ...noDeviceEn,
    },
    microphone: {
      works: (f) => `hears you: ${figure(told(f, "level_dbfs"), "dBFS")} at most`,
      silent: () => "opens, and hears nothing. Is it muted, or the wrong one?",
      absent: () => "none found. Plug one in to be heard.",
      ...noDeviceEn,
    },
    speaker: {
      heard: () => "the tone was played, and the microphone heard it",
      confirmed: () => "the tone was played, and you heard it",
      unheard: () =>
        "the tone was played, and the microphone did not hear it. With headphones that is right: say so below.",
      alone: () => "the tone was played; without a microphone only you can tell: say so below.",
      onAir: () => "no tone, as the hall hears your microphone. Turn it off, and check again.",
      failed: () => "this browser plays nothing. Choose a loudspeaker in its settings.",
    },
    pad: {
      ready: (_f, about) => `${about} is ready`,
      unusable: (_f, about) => `${about} is of no standard kind. Use another one, the keys or the stick.`,
      absent: () => "none, or no button pressed yet. Keys and stick do without.",
    },
  } satisfies SeenWords as SeenWords,
};

export type PreflightWords = typeof preflightEn;
