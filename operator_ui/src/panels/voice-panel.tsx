import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../session/session";
import { mouthToEar } from "../session/voice-floor";
import { percent } from "../strings/figures";
import { words } from "../strings/language";
import { VoiceMeter } from "./voice-meter";
import { VoiceMicrophone } from "./voice-microphone";

/** What is heard of the hall, what the hall hears, and this page's microphone. Shown where the robot has sound. */
export function VoicePanel({ session }: { readonly session: Session }): JSX.Element | null {
  const text = words.value.voice;
  const sound = session.sound.value;
  if (sound === null) return null;
  const me = session.desk.value.me?.id ?? null;
  const mine = me !== null && sound.heard.includes(me);
  const delay = mouthToEar(sound, me, session.gauges.hud.value.rttMs);
  return (
    <section class="panel voice" aria-labelledby="voice-heading" data-testid="voice" data-echo={sound.echo}>
      <h2 id="voice-heading">{text.heading}</h2>
      {sound.missing !== "" && (
        <p class="tone-warn voice-note" data-testid="voice-missing">
          {text.nothing}
          {sound.missing}
        </p>
      )}
      <Hall session={session} />
      <VoiceMeter name={text.hall} id="hall" dbfs={sound.hall_dbfs} />
      <VoiceMeter name={mine ? text.you : text.voices} id="speaker" dbfs={sound.speaker_dbfs} />
      {session.voice.floor.value !== "closed" || session.desk.value.me?.role !== "observer" ? (
        <VoiceMicrophone session={session} heard={mine} />
      ) : null}
      {delay !== null && (
        <p class="muted voice-note" data-testid="voice-delay" data-total={delay.totalMs}>
          {text.delay(delay)}
        </p>
      )}
      {mine && sound.concealed >= 0.005 && (
        <p class="muted voice-note">{text.concealed(percent(sound.concealed))}</p>
      )}
      {sound.missing === "" && sound.echo !== "cancelled" && (
        <p class="muted voice-note">{text.echo[sound.echo]}</p>
      )}
    </section>
  );
}

/** The hall's loudspeaker here: silent until somebody asks for it, as browsers want it. */
function Hall({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.voice;
  const player = useRef<HTMLAudioElement>(null);
  const stream = session.roads.sound.value;
  const hears = session.voice.hears.value;
  useEffect(() => {
    const element = player.current;
    if (element === null) return;
    element.srcObject = stream;
    if (hears && stream !== null) {
      element.play().catch(() => {
        session.voice.hears.value = false; // the browser wants another click
      });
    }
  }, [stream, hears, session]);
  return (
    <>
      <audio ref={player} muted={!hears} data-testid="voice-player" />
      <button
        type="button"
        class={hears ? "quiet" : "primary"}
        aria-pressed={hears}
        data-testid="voice-hear"
        onClick={() => {
          session.voice.hears.value = !hears;
        }}
      >
        {hears ? text.hearOff : text.hear}
      </button>
    </>
  );
}
