import type { RelayWay } from "../media/ways";
import type { Check, Health, Seen } from "../session/preflight";

export const preflightEn = {
  heading: "Before the show",
  look: "Check my connection",
  looking: "Checking …",
  again: "Check again",
  health: { green: "good", amber: "less good", red: "not working" } satisfies Record<Health, string>,
  verdict: {
    green: "Ready for the show.",
    amber: "The show can go on; see what would make it better.",
    red: "Not ready: first cure what does not work.",
  } satisfies Record<Health, string>,
  check: {
    bridge: "Bridge",
    rtt: "Round trip",
    camera: "Camera",
    microphone: "Microphone",
    udp: "UDP",
    relay: "Relay (TURN)",
  } satisfies Record<Check, string>,
  roundTrip: (ms: number) => `${Math.round(ms)} ms to the bridge`,
  over: (ways: readonly RelayWay[]) => `over ${ways.map((way) => way.toUpperCase()).join(", ")}`,
  seen: {
    bridge: { open: "connected", away: "not connected. Look at your network." },
    rtt: {
      quick: "quick enough",
      slow: "The robot will drive slowly. Use a cable instead of Wi-Fi.",
      unknown: "not measured yet. Check again in a second.",
    },
    camera: {
      found: "found",
      absent: "none found. Plug one in to be seen.",
      insecure: "only over https. Open the https link.",
    },
    microphone: {
      found: "found",
      absent: "none found. Plug one in to be heard.",
      insecure: "only over https. Open the https link.",
    },
    udp: {
      works: "gets out",
      blocked: "blocked here, so the picture comes later. Use another network, or ask for UDP to be let out.",
      none: "not tested: this bridge knows no STUN or TURN server.",
      unknown: "not tested: this browser does not look.",
    },
    relay: {
      works: "works",
      blocked: "no TURN server answers. If the picture does not come, use another network.",
      none: "none is set up: robot and you need networks that reach each other.",
      unknown: "not tested: this browser does not look.",
    },
  } satisfies Record<Check, Partial<Record<Seen, string>>>,
};

export type PreflightWords = typeof preflightEn;
