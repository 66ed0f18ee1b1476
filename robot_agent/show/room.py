"""The room of the show: the player on the agent's clock, and everything that it has done.

It asks the motion process for gestures like anybody, has lines said, files played, cards shown and signals sent, and
tells everybody how it goes. Whatever fails here, drive, picture and STOP go on.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import structlog

from robot_agent.media.voice.pcm import Pcm
from robot_agent.media.voice.wav import read_wav
from robot_agent.show.settings import ShowSettings
from robot_agent.show.signals import SignalDesk
from robot_agent.show.speech import Speech
from teleop_core.errors import ConfigError, SetupError, WireError
from teleop_core.show.player import (
    EVENT_OF,
    Effect,
    HushThis,
    Perform,
    Play,
    ShowCard,
    ShowPlayer,
    Signal,
    Utter,
)
from teleop_core.show.script import HOLD_CARD, Language, Script, Speak, problems_on_stage, read_script, steps_of
from teleop_core.timebase import NS_PER_MS, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person
from teleop_core.wire.messages import EventKind, Lane, Refusal, Role, Verdict

TURN_S: Final = 0.05
SPEECH_EVERY_NS: Final = seconds(1)
MAX_SAYING: Final = 8
_SAID: Final = "s"  # keys of what people have the robot say

_log = structlog.get_logger(__name__)


class Voice(Protocol):
    """What the show uses of the robot's loudspeaker."""

    on_line_over: Callable[[str, str | None], None]

    def play(self, key: str, pcm: Pcm) -> str | None:
        """Play a line; return in words why not."""
        ...

    def cut(self, key: str | None = None) -> None:
        """Break off a line, or all."""
        ...


class Face(Protocol):
    """What the show uses of the robot's face."""

    def show_card(self, picture: Path | None, *, holds: bool) -> str | None:
        """Show a picture, the hold card, or the presenter again; return in words why not."""
        ...


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """How the show reaches the rest of the agent."""

    perform: Callable[[str, str | None], None]
    say: Callable[[str | None, Lane, m.Message], None]
    note: Callable[[EventKind, str | None, str], None]
    is_heard: Callable[[str], bool]  # whether somebody's peer-to-peer road is alive
    is_muted: Callable[[str], bool]
    voice: Voice | None
    face: Face | None


@dataclass(slots=True)
class _Saying:
    text: str
    task: asyncio.Task[None] | None = None  # while it is made


class ShowRoom:
    """One robot's show and speech.

    Args:
        settings: the `[robot.show]` table, None for a robot that neither shows nor idles by itself.
        speech: the robot's own voice.
        around: the rest of the agent.

    Raises:
        ConfigError: the show's file is no show.
        SetupError: it cannot be read.
    """

    def __init__(
        self,
        settings: ShowSettings | None,
        speech: Speech,
        around: Surroundings,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._speech = speech
        self._around = around
        self._clock = clock
        self._is_on = settings is not None
        self._folder, self._script = _loaded(settings)
        self._signals = SignalDesk(None if settings is None else settings.osc)
        self._player = ShowPlayer(self._script, now_ns=clock())
        self._saying: dict[str, _Saying] = {}
        self._said = 0
        self._next_speech_ns = clock()
        self._tasks: asyncio.TaskGroup | None = None
        if around.voice is not None:
            around.voice.on_line_over = self._line_over

    # --- What comes in ---

    def receive(self, peer: str, role: Role, message: m.StageMessage) -> m.Ack:
        """Do what a person asks of show or speech, and return the answer."""
        refusal = self._refusal(peer, role, message)
        verdict = Verdict.DONE if refusal is None else Verdict.REFUSED
        return m.Ack(id=message.id, verdict=verdict, refusal=refusal)

    def hear(self, body: bytes) -> None:
        """Take in what the motion process says, to whomever."""
        try:
            said = decode_to_person(body)
        except WireError:
            return
        self._player.hear(said, now_ns=self._clock())
        self._carry_out()

    def heard(self, peer: str) -> None:
        """Note that something of `peer` came by way of the bridge or its own road."""
        self._player.on_stage.heard(peer, now_ns=self._clock())

    def learn(self, profile: m.RobotProfile) -> None:
        """Learn what the robot can perform, and see what of the show it cannot."""
        gestures = [gesture.name for gesture in profile.gestures]
        problems: Iterable[str] = ()
        if self._script is not None:
            files = [each.name for each in self._folder.iterdir()]
            speaks = bool(self._speech.engine) and self._around.voice is not None
            problems = problems_on_stage(self._script, gestures=gestures, files=files, speaks=speaks)
        self._player.learn(gestures, problems=problems)

    def roster_changed(self) -> None:
        """Tell the plan anew: somebody may have come."""
        self._player.plan_is_due(now_ns=self._clock())
        self._next_speech_ns = self._clock()

    async def run(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                tasks.create_task(self._speech.prepare(self._lines()), name="prepare-lines")
                while True:
                    self._turn()
                    await asyncio.sleep(TURN_S)
            finally:
                self._tasks = None

    # --- Inside ---

    def _turn(self) -> None:
        now_ns = self._clock()
        star = self._player.on_stage.who
        if star is not None and self._around.is_heard(star):
            self._player.on_stage.heard(star, now_ns=now_ns)
        if self._is_on:
            self._player.tick(now_ns=now_ns)
        self._carry_out()
        for said in self._player.due(now_ns=now_ns, now_unix_ms=time.time_ns() // NS_PER_MS):
            self._around.say(None, Lane.STATE, said)
        if now_ns >= self._next_speech_ns:
            self._tell_speech()

    def _refusal(self, peer: str, role: Role, message: m.StageMessage) -> Refusal | None:
        if role is Role.OBSERVER:
            return Refusal.ROLE
        if self._around.is_muted(peer):
            return Refusal.MUTED
        match message:
            case m.ShowControl():
                refusal = self._player.control(message, role=role, now_ns=self._clock())
                self._carry_out()
                return refusal
            case m.Say():
                return self._say(message, peer=peer)
            case m.Hush():
                self._hush()
                return None

    def _say(self, message: m.Say, *, peer: str) -> Refusal | None:
        if self._around.voice is None or self._speech.missing or message.language not in _LANGUAGES:
            return Refusal.NO_SPEECH
        if len(self._saying) >= MAX_SAYING or self._tasks is None:
            return Refusal.OVERLOADED
        self._said += 1
        self._utter(f"{_SAID}{self._said}", message.text, Language(message.language))
        self._around.note(EventKind.SPOKE, peer, message.text)
        return None

    def _hush(self) -> None:
        for key, saying in list(self._saying.items()):
            if saying.task is not None:
                saying.task.cancel()
                self._line_over(key, None)
        if self._around.voice is not None:
            self._around.voice.cut()

    def _carry_out(self) -> None:
        for line in self._player.take_log():
            kind = EVENT_OF.get(line.word)
            detail = f"{line.cue + 1}. {line.title}" + (f": {line.detail}" if line.detail else "")
            _log.info("show.cue", cue=line.cue + 1, title=line.title, what=line.word.value, detail=line.detail)
            if kind is not None:
                self._around.note(kind, None, detail)
        for effect in self._player.take_effects():
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case Perform(request=request, name=name):
                self._around.perform(request, name)
            case Utter(key=key, text=text, language=language):
                self._utter(key, text, language)
            case Play(key=key, file=file):
                self._begin(key, file, partial(self._play_file, key, self._folder / file))
            case HushThis(key=key):
                self._cut(key)
            case ShowCard(card=card):
                self._show_card(card)
            case Signal(desk=desk, name=name):
                self._signals.send(desk, name)

    def _utter(self, key: str, text: str, language: Language) -> None:
        self._begin(key, text, partial(self._speak, key, text, language))

    def _begin(self, key: str, text: str, doing: Callable[[], Coroutine[None, None, None]]) -> None:
        if self._tasks is None:
            self._line_over(key, "the robot's show is not running")
            return
        self._saying[key] = saying = _Saying(text)
        saying.task = self._tasks.create_task(doing(), name=f"line-{key}")
        self._next_speech_ns = self._clock()

    async def _speak(self, key: str, text: str, language: Language) -> None:
        try:
            pcm = await self._speech.render(text, language)
        except SetupError as exc:
            self._line_over(key, str(exc))
            return
        self._sound(key, pcm)

    async def _play_file(self, key: str, file: Path) -> None:
        try:
            pcm = await asyncio.to_thread(lambda: read_wav(file.read_bytes()))
        except (SetupError, OSError) as exc:
            self._line_over(key, f"{file.name}: {exc}")
            return
        self._sound(key, pcm)

    def _sound(self, key: str, pcm: Pcm) -> None:
        saying = self._saying.get(key)
        if saying is None:
            return
        saying.task = None
        voice = self._around.voice
        failed = "this robot has no loudspeaker" if voice is None else voice.play(key, pcm)
        if failed is not None:
            self._line_over(key, failed)

    def _cut(self, key: str) -> None:
        saying = self._saying.pop(key, None)
        if saying is not None and saying.task is not None:
            saying.task.cancel()
        elif self._around.voice is not None:
            self._around.voice.cut(key)
        self._next_speech_ns = self._clock()

    def _line_over(self, key: str, failed: str | None) -> None:
        self._saying.pop(key, None)
        self._next_speech_ns = self._clock()
        if failed is not None:
            _log.warning("show.line_failed", key=key, reason=failed)
        if not key.startswith(_SAID):
            self._player.spoken(key, failed=failed, now_ns=self._clock())
            self._carry_out()

    def _show_card(self, card: str) -> None:
        if self._around.face is None:
            return
        is_file = card not in {"", HOLD_CARD}
        failed = self._around.face.show_card(self._folder / card if is_file else None, holds=card == HOLD_CARD)
        if failed is not None:
            _log.warning("show.card_failed", card=card, reason=failed)

    def _lines(self) -> list[tuple[str, Language]]:
        script = self._script
        if script is None or self._around.voice is None or self._speech.missing:
            return []
        lines = [
            (step.text, step.language or script.language)
            for cue in script.cues
            for step in steps_of(cue)
            if isinstance(step, Speak)
        ]
        holding = script.rules.holding_line
        return [(holding, script.language), *lines] if holding else lines

    def _tell_speech(self) -> None:
        self._next_speech_ns = self._clock() + SPEECH_EVERY_NS
        missing = self._speech.missing or ("" if self._around.voice is not None else "this robot has no loudspeaker")
        speech = m.Speech(
            at_unix_ms=time.time_ns() // NS_PER_MS,
            engine="" if missing else self._speech.engine,
            languages=() if missing else tuple(sorted(_LANGUAGES)),
            says=next((saying.text[:300] for saying in self._saying.values()), ""),
            missing=missing[:300],
        )
        self._around.say(None, Lane.STATE, speech)


_LANGUAGES: Final = frozenset(language.value for language in Language)


def _loaded(settings: ShowSettings | None) -> tuple[Path, Script | None]:
    if settings is None or settings.file is None:
        return Path(), None
    file = Path(settings.file)
    try:
        text = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"robot.show.file: {file} cannot be read: {exc.strerror}") from exc
    return file.resolve().parent, read_script(text, name=str(file))
