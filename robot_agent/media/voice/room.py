"""The voice of one robot: its sound device, who listens, who is heard, and what everybody is told about it.

The sound device runs in a thread of its own and may fail, hang or not be there: the event loop only puts packets into
bounded queues and takes encoded ones over. Nothing here knows of motion.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from robot_agent.media.faults import reason_of
from robot_agent.media.threads import LoopCalls, start_thread
from robot_agent.media.voice import floor
from robot_agent.media.voice.console import Console
from robot_agent.media.voice.echo import EchoCanceller, Untouched, open_canceller
from robot_agent.media.voice.lines import Lines
from robot_agent.media.voice.listeners import HallSound, Listeners
from robot_agent.media.voice.mixes import CREW, Mix, mix_for
from robot_agent.media.voice.opus import FRAME_SAMPLES
from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from robot_agent.media.voice.seat import VoiceSeat
from robot_agent.media.voice.settings import VoiceSettings
from robot_agent.media.voice.talker import Talker, VoicePacket
from teleop_core.errors import ConfigError
from teleop_core.ports import SoundDevice
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.messages import Ack, EchoWay, Refusal, Role, Sound, SpeakTo, SpokenTo, Verdict

TELL_EVERY_S: Final = 0.25
LOOK_EVERY_S: Final = 0.05
RETRY_S: Final = 5.0
PAUSE_NS: Final = NS_PER_S // 3  # a voice that sends nothing for so long has ended
UNDER_WAY_NS: Final = NS_PER_S // 4  # what was said backstage may arrive so long after word that the hall is meant now
STOP_LIMIT_S: Final = 2.0
TALK_FROM_DBFS: Final = -50.0  # what moves the robot a little
TALK_OVER_DB: Final = 30.0  # from there to all of it
MAX_WISHES: Final = 64  # kept; beyond that, only of those who have a call
MAX_UNDELIVERED: Final = 10  # packets that the event loop has not taken over; above, the hall is skipped

_FRAME_NS: Final = FRAME_SAMPLES * NS_PER_S // RATE_HZ

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Voice:
    talker: Talker
    role: Role
    backstage: bool
    since_ns: int = 0
    newest_ns: int = 0
    deaf_until_ns: int = 0

    def turn_to(self, *, backstage: bool, now_ns: int) -> None:
        """Be meant for others from now on; nothing of what was said to the first reaches them."""
        if self.backstage is not backstage:
            self.talker = Talker(self.talker.peer)
            self.backstage, self.newest_ns = backstage, 0
            self.deaf_until_ns = now_ns if backstage else now_ns + UNDER_WAY_NS


@dataclass(frozen=True, kw_only=True)
class People:
    """What the voice must know of people, asked whenever it matters."""

    role_of: Callable[[str], Role | None]
    driver: Callable[[], str | None]
    muted: Callable[[], frozenset[str]]


class VoiceRoom:
    """Sound between the hall and everybody with a connection.

    Args:
        settings: the `[robot.voice]` table.
        open_sound: opens the sound device; called in a thread, again after each failure of it.
        people: who is who.
        tell: called on the event loop with the state of the sound, four times a second.
    """

    def __init__(
        self,
        *,
        settings: VoiceSettings,
        open_sound: Callable[[], SoundDevice],
        people: People,
        tell: Callable[[Sound], None],
    ) -> None:
        self._settings = settings
        self._open_sound = open_sound
        self._people = people
        self._tell = tell
        self._roles = {Role(name) for name in settings.speakers}
        self._voices: dict[str, _Voice] = {}
        self._listeners = Listeners(on_change=self._look_who_listens)
        self._console: Console | None = None
        self._device: SoundDevice | None = None
        self._echo = EchoWay.OFF
        self._missing = "the sound device is not open yet"
        self._rtp_time = secrets.randbits(32)
        self._heard: tuple[str, ...] = ()
        self._wishes: dict[str, SpeakTo] = {}  # whom their voices are for, over whichever call
        self._prompter: str | None = None  # who is heard backstage
        self._lines: Lines | None = None
        self.on_line_over: Callable[[str, str | None], None] = _tell_nobody

    def play(self, key: str, pcm: Pcm) -> str | None:
        """Play a line of the robot's own after those that wait; return in words why not.

        `on_line_over` is called with `key` at its end, and with words when the sound device failed amid it.
        """
        if self._lines is None:
            return self._missing or "the sound device is not open"
        return None if self._lines.put(key, pcm) else "too many lines wait already"

    def cut(self, key: str | None = None) -> None:
        """Break off a line, or (None) all of them."""
        if self._lines is not None:
            self._lines.cut(key)

    def talk(self) -> float:
        """Return how much the hall hears of whoever drives, or of the robot's own voice: 0 (nothing) to 1."""
        console = self._console
        speaks = self._people.driver() in self._heard or (self._lines is not None and self._lines.is_playing)
        if console is None or not speaks:
            return 0.0
        return min(1.0, max(0.0, (console.speaker.dbfs - TALK_FROM_DBFS) / TALK_OVER_DB))

    def seat(self, peer: str) -> VoiceSeat:
        """Return the peer's place at the audio section of its call."""
        role = self._people.role_of(peer)
        if role not in CREW:
            return VoiceSeat(peer, listeners=self._listeners, on_voice=None, on_leave=lambda: None)
        voice = _Voice(Talker(peer), role, backstage=self._is_backstage(peer))
        self._voices[peer] = voice

        def leave() -> None:
            if self._voices.get(peer) is voice:
                del self._voices[peer]

        return VoiceSeat(peer, listeners=self._listeners, on_voice=lambda packet: _take(voice, packet), on_leave=leave)

    def speak_to(self, peer: str, role: Role, wish: SpeakTo) -> Ack:
        """Take whom the voice of `peer` is for from now on, also over a call that is yet to come."""
        if role not in CREW:
            detail = f"expected a presenter or staff, got an {role.value}"
            return Ack(id=wish.id, verdict=Verdict.REFUSED, refusal=Refusal.ROLE, detail=detail)
        before = self._wishes.get(peer)
        if before is not None and wish.seq < before.seq:
            return Ack(id=wish.id, verdict=Verdict.REFUSED, refusal=Refusal.STALE, detail="a newer wish has come")
        if before is None and len(self._wishes) >= MAX_WISHES:
            self._wishes = {each: kept for each, kept in self._wishes.items() if each in self._voices}
        self._wishes[peer] = wish
        voice = self._voices.get(peer)
        if voice is not None:
            now_ns = time.monotonic_ns()
            voice.turn_to(backstage=self._is_backstage(peer), now_ns=now_ns)
            self._choose(now_ns=now_ns)
        return Ack(id=wish.id, verdict=Verdict.DONE)

    def _is_backstage(self, peer: str) -> bool:
        wish = self._wishes.get(peer)
        return wish is not None and wish.to is SpokenTo.BACKSTAGE

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            ConfigError: the settings of the sound device can never work.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_sound(), name="sound-device")
            tasks.create_task(self._choose_who_is_heard(), name="voice-floor")
            tasks.create_task(self._tell_everybody(), name="voice-state")
            await asyncio.Event().wait()  # within the block, so that a failure leaves no cancellation behind (3.11)

    async def _keep_sound(self) -> None:
        """Keep a sound device running; one that fails, or is not there, is opened again."""
        told = ""
        while True:
            try:
                await self._run_sound()
                reason = "the sound device ended by itself"
            except ConfigError:
                raise
            except Exception as exc:  # noqa: BLE001 - the root of a device's driver, which must never end the voice
                reason = reason_of(exc)
            self._missing = reason
            if reason != told:
                _log.warning("voice.no_sound", reason=reason, retry_every_s=RETRY_S)
            told = reason
            await asyncio.sleep(RETRY_S)

    async def _run_sound(self) -> None:
        loop = asyncio.get_running_loop()
        calls = LoopCalls(loop, limit=MAX_UNDELIVERED)
        lines = Lines(on_end=lambda key: calls.call(self._line_over, key))
        console, echo = await asyncio.to_thread(self._open_console, loop, lines)
        device = await asyncio.to_thread(self._open_sound)
        self._lines = lines
        self._device, self._console, self._echo, self._missing = device, console, echo, ""
        self._look_who_listens()
        _log.info("voice.sound", echo=echo.value, output_ms=device.output_ms)
        thread = start_thread("sound", lambda: device.run(console.turn))
        try:
            await asyncio.shield(thread)
        finally:
            self._device = self._console = self._lines = None
            device.close()
            _, stuck = await asyncio.wait({thread}, timeout=STOP_LIMIT_S)
            if stuck:
                _log.warning("voice.thread_stuck", waited_s=STOP_LIMIT_S, hint="the sound device does not return")
            for key in lines.clear():
                self.on_line_over(key, "the sound device failed")

    def _line_over(self, key: str) -> None:
        self.on_line_over(key, None)

    def _open_console(self, loop: asyncio.AbstractEventLoop, lines: Lines) -> tuple[Console, EchoWay]:
        canceller, echo = _canceller(self._settings)
        calls = LoopCalls(loop, limit=MAX_UNDELIVERED)

        def deliver(payloads: Mapping[Mix, bytes]) -> None:
            if not calls.is_full:
                calls.call(self._hand_over, payloads)

        bitrate_bps = self._settings.bitrate_bps
        return Console(canceller=canceller, bitrate_bps=bitrate_bps, deliver=deliver, lines=lines), echo

    def _hand_over(self, payloads: Mapping[Mix, bytes]) -> None:
        self._rtp_time = (self._rtp_time + FRAME_SAMPLES) & 0xFFFFFFFF
        captured_ns = time.monotonic_ns() - _FRAME_NS
        self._listeners.deliver(
            {mix: HallSound(payload, self._rtp_time, captured_ns) for mix, payload in payloads.items()}
        )

    def _look_who_listens(self) -> None:
        self._listeners.assign(self._mix_for)
        if self._console is not None:
            self._console.mixes = self._listeners.mixes

    def _mix_for(self, peer: str) -> Mix:
        return mix_for(
            peer,
            self._people.role_of(peer),
            heard=self._heard,
            backstage=self._prompter,
            echo_is_taken_out=self._echo is not EchoWay.OFF,
        )

    async def _choose_who_is_heard(self) -> None:
        while True:
            self._choose(now_ns=time.monotonic_ns())
            await asyncio.sleep(LOOK_EVERY_S)

    def _choose(self, *, now_ns: int) -> None:
        speaking = [
            floor.Speaking(peer, voice.role, voice.since_ns, voice.backstage)
            for peer, voice in self._voices.items()
            if voice.newest_ns and now_ns - voice.newest_ns < PAUSE_NS
        ]
        muted = self._people.muted()
        self._prompter = floor.backstage(speaking, muted=muted)
        self._heard = floor.heard(
            speaking,
            driver=self._people.driver(),
            muted=muted,
            roles=self._roles,
            limit=self._settings.max_voices,
        )
        if self._console is not None:
            self._console.talkers = tuple(self._voices[peer].talker for peer in self._heard)
            self._console.backstage = None if self._prompter is None else self._voices[self._prompter].talker
        self._look_who_listens()

    async def _tell_everybody(self) -> None:
        while True:
            self._tell(self._state())
            await asyncio.sleep(TELL_EVERY_S)

    def _state(self) -> Sound:
        console, device = self._console, self._device
        first = self._voices.get(self._heard[0]) if self._heard else None
        wait_ms = None if first is None else first.talker.heard.wait_ms
        return Sound(
            at_unix_ms=time.time_ns() // NS_PER_MS,
            hall_dbfs=None if console is None else round(console.hall.dbfs, 1),
            speaker_dbfs=None if console is None else round(console.speaker.dbfs, 1),
            heard=self._heard,
            waits_ms=None if wait_ms is None or device is None else round(wait_ms + device.output_ms, 1),
            concealed=0.0 if first is None else round(first.talker.heard.concealed, 4),
            echo=self._echo,
            missing=self._missing,
            backstage=self._prompter,
        )


def _tell_nobody(_key: str, _failed: str | None) -> None:
    """Leave it."""


def _take(voice: _Voice, packet: VoicePacket) -> None:
    if packet.arrived_ns < voice.deaf_until_ns:
        return
    if packet.arrived_ns - voice.newest_ns >= PAUSE_NS:
        voice.since_ns = packet.arrived_ns
    voice.newest_ns = packet.arrived_ns
    voice.talker.put(packet)


def _canceller(settings: VoiceSettings) -> tuple[EchoCanceller, EchoWay]:
    return (Untouched(), EchoWay.OFF) if settings.echo == "off" else open_canceller()
