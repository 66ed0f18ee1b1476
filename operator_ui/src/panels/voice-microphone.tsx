import type { JSX } from "preact";
import type { Floor } from "../media/voice";
import type { Session } from "../session/session";
import { words } from "../strings/language";
import type { SpokenTo } from "../wire/messages.gen";
import { VoiceMeter } from "./voice-meter";

interface VoiceMicrophoneProps {
  readonly session: Session;
  /** Where this voice is heard now. */
  readonly heard: SpokenTo | null;
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
        <TalkButton session={session} to="hall" />
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
        <TalkButton session={session} to="backstage" />
        <button type="button" class="quiet" data-testid="voice-off" onClick={() => voice.turnOff()}>
          {text.turnOff}
        </button>
      </div>
      <Standing session={session} heard={heard} />
    </>
  );
}

function TalkButton({ session, to }: { readonly session: Session; readonly to: SpokenTo }): JSX.Element {
  const { voice } = session;
  const text = words.value.voice;
  const hush = () => voice.talk(null);
  return (
    <button
      type="button"
      class="voice-talk"
      aria-pressed={voice.held.value === to}
      data-testid={to === "hall" ? "voice-talk" : "voice-backstage"}
      title={to === "hall" ? undefined : text.backstageMeans}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        voice.talk(to);
      }}
      onPointerUp={hush}
      onPointerCancel={hush}
      onLostPointerCapture={hush}
      onContextMenu={(event) => event.preventDefault()}
    >
      {to === "hall" ? text.talk : text.talkBackstage}
    </button>
  );
}

function Standing({ session, heard }: VoiceMicrophoneProps): JSX.Element {
  const text = words.value.voice;
  const { voice } = session;
  const state = standing(voice.meant.value, heard, voice.floor.value);
  const tone = {
    heard: "tone-ok",
    backstage: "tone-ok",
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

function standing(meant: SpokenTo | null, heard: SpokenTo | null, floor: Floor) {
  if (meant === null) return floor === "open" ? "muted" : floor;
  if (meant !== heard) return "notYetHeard";
  return heard === "hall" ? "heard" : "backstage";
}
