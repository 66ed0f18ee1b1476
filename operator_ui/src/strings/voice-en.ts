/** The words of the voice, in English. */
import type { Loudness } from "../media/voice-level";
import type { MicTrouble } from "../media/voice-microphone";
import type { MouthToEar } from "../session/voice-floor";
import type { EchoWay } from "../wire/messages.gen";

const loudness: Record<Loudness, string> = {
  silent: "silent",
  quiet: "quiet",
  good: "good",
  loud: "too loud",
};

const trouble: Record<MicTrouble, string> = {
  insecure:
    "This page came without TLS, and browsers give no microphone to such pages. Open it by https, or on the bridge's own machine. The robot drives as before.",
  denied:
    "The browser was not allowed to use the microphone. Allow it in the address bar, then turn it on again.",
  absent: "No microphone was found. Plug one in, then turn it on again.",
  busy: "Another program has the microphone. Close it there, then turn it on again.",
  lost: "The microphone is gone: unplugged, or no longer allowed. Nobody hears you. Turn it on again.",
  failed: "The browser could not open the microphone. Turn it on again, or reload this page.",
};

const echo: Record<Exclude<EchoWay, "cancelled">, string> = {
  partly: "While somebody speaks through the robot, voices in the hall are cut.",
  ducked: "While somebody speaks through the robot, the hall is turned down.",
  off: "The robot does not cancel echoes: use headphones.",
};

export const voiceEn = {
  heading: "Sound",
  hear: "Hear the hall",
  hearOff: "Silence the hall here",
  own: "Microphone",
  hall: "Hall",
  you: "You, in the hall",
  voices: "Voices in hall",
  turnOn: "Turn on the microphone",
  asking: "The browser asks for leave …",
  mute: "Mute (M)",
  unmute: "Unmute (M)",
  talk: "Hold to talk (V)",
  talkBackstage: "Hold to talk backstage (B)",
  backstageMeans: "Presenters and staff hear it, and nobody in the hall.",
  backstage: "Presenters and staff hear you. The hall does not.",
  backstageNow: (name: string, hears: boolean) =>
    hears
      ? `${name} speaks backstage. The hall does not hear it.`
      : `${name} speaks backstage. Press “Hear the hall” to hear it.`,
  backstageYou: "You speak backstage.",
  backstageQuiet: "Nobody speaks backstage.",
  turnOff: "Turn off",
  heard: "The hall hears you.",
  notYetHeard: "You are speaking; the robot does not play it yet.",
  muted: "Muted. Hold V to talk.",
  push: "Hold V to talk: the hall hears you only then.",
  closed: "The staff have muted you: the hall does not hear you.",
  off: "Your microphone is off.",
  nothing: "The robot has no sound: ",
  loudness,
  trouble,
  echo,
  delay: ({ totalMs, pageMs, wayMs, robotMs }: MouthToEar) =>
    `Mouth to ear about ${totalMs} ms = page ${pageMs} + way ${wayMs} + robot ${robotMs}`,
  concealed: (share: string) => `${share} of your speech was lost and made up for`,
};
