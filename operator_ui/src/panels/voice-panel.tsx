import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { mouthToEar } from "../session/voice-floor";
import { percent } from "../strings/figures";
import { words } from "../strings/language";
import type { Sound, SpokenTo } from "../wire/messages.gen";
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
      <Backstage session={session} sound={sound} />
      <VoiceMeter name={text.hall} id="hall" dbfs={sound.hall_dbfs} />
      <VoiceMeter name={mine ? text.you : text.voices} id="speaker" dbfs={sound.speaker_dbfs} />
      {session.voice.floor.value !== "closed" || session.desk.value.me?.role !== "observer" ? (
        <VoiceMicrophone session={session} heard={heardWhere(sound, me)} />
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

/** Who speaks to presenters and staff alone; they hear it with the hall. A line that is always there. */
function Backstage({
  session,
  sound,
}: {
  readonly session: Session;
  readonly sound: Sound;
}): JSX.Element | null {
  const text = words.value.voice;
  const room = session.desk.value;
  if (!session.hasRole("presenter", "staff")) return null;
  const who = sound.backstage ?? null;
  const mine = who !== null && who === room.me?.id;
  return (
    <p
      class={who === null ? "voice-note muted" : "voice-note tone-ok"}
      role="status"
      data-testid="voice-backstage-note"
      data-who={who ?? ""}
    >
      {mine && text.backstageYou}
      {!mine && who !== null && text.backstageNow(nameOf(room, who) ?? "", session.voice.hears.value)}
      {who === null && text.backstageQuiet}
    </p>
  );
}

function heardWhere(sound: Sound, me: string | null): SpokenTo | null {
  if (me === null) return null;
  if (sound.heard.includes(me)) return "hall";
  return sound.backstage === me ? "backstage" : null;
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
