import type { JSX } from "preact";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import { VoiceMeter } from "./voice-meter";

interface VoiceMicrophoneProps {
  readonly session: Session;
  /** The robot plays this voice now. */
  readonly heard: boolean;
}

/** The microphone's buttons, and in a sentence who hears it. */
export function VoiceMicrophone({ session, heard }: VoiceMicrophoneProps): JSX.Element {
  const text = words.value.voice;
  const { voice } = session;
  const microphone = voice.microphone.value;
  if (microphone.kind !== "on") {
    return (
      <>
        <button
          type="button"
          disabled={microphone.kind === "asking"}
          data-testid="voice-on"
          onClick={() => void voice.turnOn()}
        >
          {microphone.kind === "asking" ? text.asking : text.turnOn}
        </button>
        <p
          class={microphone.kind === "failed" ? "voice-note tone-bad" : "voice-note muted"}
          role="status"
          data-testid="voice-state"
          data-state={microphone.kind === "failed" ? microphone.why : microphone.kind}
        >
          {microphone.kind === "failed" ? text.trouble[microphone.why] : text.off}
        </p>
      </>
    );
  }
  session.nowMs.value; // the level moves with it
  return (
    <>
      <VoiceMeter name={text.own} id="own" dbfs={voice.ownDbfs} />
      <div class="voice-acts">
        <TalkButton session={session} />
        {voice.floor.value === "open" && (
          <button
            type="button"
            aria-pressed={microphone.muted}
            data-testid="voice-mute"
            onClick={() => voice.toggleMute()}
          >
            {microphone.muted ? text.unmute : text.mute}
          </button>
        )}
        <button type="button" class="quiet" data-testid="voice-off" onClick={() => voice.turnOff()}>
          {text.turnOff}
        </button>
      </div>
      <Standing session={session} heard={heard} />
    </>
  );
}

function TalkButton({ session }: { readonly session: Session }): JSX.Element {
  const { voice } = session;
  const hush = () => voice.talk(false);
  return (
    <button
      type="button"
      class="voice-talk"
      aria-pressed={voice.talking.value}
      data-testid="voice-talk"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        voice.talk(true);
      }}
      onPointerUp={hush}
      onPointerCancel={hush}
      onLostPointerCapture={hush}
      onContextMenu={(event) => event.preventDefault()}
    >
      {words.value.voice.talk}
    </button>
  );
}

function Standing({ session, heard }: VoiceMicrophoneProps): JSX.Element {
  const text = words.value.voice;
  const { voice } = session;
  const speaking = voice.speaks.value;
  const state = speaking
    ? heard
      ? "heard"
      : "notYetHeard"
    : voice.floor.value === "open"
      ? "muted"
      : voice.floor.value;
  const tone = {
    heard: "tone-ok",
    notYetHeard: "tone-warn",
    muted: "tone-warn",
    push: "muted",
    closed: "tone-warn",
  };
  return (
    <p class={`voice-note ${tone[state]}`} role="status" data-testid="voice-state" data-state={state}>
      {text[state]}
    </p>
  );
}
