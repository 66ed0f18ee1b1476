"""What the sound device's thread does, 10 ms at a time."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from robot_agent.media.voice.beat import Beat
from robot_agent.media.voice.console import TURN_BYTES, Console
from robot_agent.media.voice.echo import Untouched
from robot_agent.media.voice.levels import FLOOR_DBFS, Meter
from robot_agent.media.voice.lines import Lines
from robot_agent.media.voice.mixes import HALL, Mix
from robot_agent.media.voice.opus import OpusDecoder
from robot_agent.media.voice.pcm import TURN_SAMPLES, Pcm, from_bytes, silence
from robot_agent.media.voice.playout import PlayoutBuffer
from robot_agent.media.voice.talker import MAX_UNREAD, Talker, VoicePacket
from simulator.voices import rms, tone
from teleop_core.timebase import NS_PER_MS
from tests.robot_agent.media.voice.voice_line import packets

HUM = tone(0.01, hz=500).tobytes()


BEFORE, AFTER = slice(10, 50), slice(60, 100)


class Desk:
    """A console in virtual time."""

    def __init__(self, canceller: Untouched | None = None) -> None:
        self.mixed: list[Mapping[Mix, bytes]] = []
        self.now_ns = 10**12
        self.over: list[str] = []
        self.lines = Lines(on_end=self.over.append)
        self.console = Console(
            canceller=canceller or Untouched(),
            bitrate_bps=32_000,
            deliver=self.mixed.append,
            lines=self.lines,
            clock=lambda: self.now_ns,
        )

    @property
    def sent(self) -> list[bytes]:
        return [packet for sounds in self.mixed for packet in sounds.values()]

    def turn(self, hall: bytes = HUM) -> Pcm:
        spoken = self.console.turn(hall)
        self.now_ns += 10 * NS_PER_MS
        assert len(spoken) == TURN_BYTES
        return from_bytes(spoken)

    def speak(self, *talkers: Talker, turns: int = 100, hall: bytes = HUM) -> Pcm:
        """Have the talkers send for that long, and return what the loudspeaker plays."""
        played = []
        for index in range(turns):
            if index % 2 == 0:
                for ssrc, talker in enumerate(talkers):
                    talker.put(VoicePacket(ssrc, 960 * index // 2, packets()[index // 2], self.now_ns))
            played.append(self.turn(hall))
        return np.concatenate(played)


def test_the_hall_is_encoded_once_for_all_while_somebody_listens() -> None:
    desk = Desk()
    for _ in range(4):
        desk.turn()
    assert desk.sent == []

    desk.console.mixes = frozenset({HALL})
    for _ in range(40):
        desk.turn()

    assert len(desk.sent) == 20
    decoder = OpusDecoder()
    heard = np.concatenate([decoder.decode(packet) for packet in desk.sent])
    assert rms(heard[-4800:]) == pytest.approx(rms(tone(0.1, hz=500)), rel=0.25)


def test_each_mix_has_in_it_what_it_says_and_backstage_stays_out_of_the_loudspeaker() -> None:
    ana, bo, desk = Talker("ana"), Talker("bo"), Desk()
    mixes = [HALL, Mix(voices=True), Mix(backstage=True), Mix(voices=True, backstage=True)]
    desk.console.talkers, desk.console.mixes = (ana,), frozenset(mixes)

    desk.speak(ana, hall=bytes(TURN_BYTES))
    desk.console.talkers, desk.console.backstage = (), bo
    played = desk.speak(bo, hall=bytes(TURN_BYTES))
    decoders = {mix: OpusDecoder() for mix in mixes}
    heard = {mix: [decoders[mix].decode(sounds[mix]) for sounds in desk.mixed] for mix in mixes}

    assert [rms(np.concatenate(heard[mix][BEFORE])) > 500 for mix in mixes] == [False, True, False, True]
    assert [rms(np.concatenate(heard[mix][AFTER])) > 500 for mix in mixes] == [False, False, True, True]
    assert rms(played[-9600:]) == 0


def test_a_voice_is_played() -> None:
    desk, ana = Desk(), Talker("ana")
    desk.console.talkers = (ana,)

    played = desk.speak(ana)

    assert rms(played) > 500
    assert ana.heard.wait_ms is not None
    assert 15 <= ana.heard.wait_ms <= 40
    assert ana.heard.concealed == 0


def test_two_voices_are_mixed() -> None:
    desk, ana, bo = Desk(), Talker("ana"), Talker("bo")
    desk.console.talkers = (ana,)
    alone = desk.speak(ana)

    desk = Desk()
    ana = Talker("ana")
    desk.console.talkers = (ana, bo)
    together = desk.speak(ana, bo)

    assert rms(together) == pytest.approx(2 * rms(alone), rel=0.05)  # they say the same


def test_the_canceller_is_told_what_is_played() -> None:
    seen: list[Pcm] = []

    class Watching(Untouched):
        def process(self, near: Pcm, far: Pcm) -> Pcm:
            seen.append(far)
            return near

    desk, ana = Desk(Watching()), Talker("ana")
    desk.console.talkers = (ana,)
    desk.console.mixes = frozenset({HALL})

    played = desk.speak(ana)

    assert np.array_equal(np.concatenate(seen), played)


def test_a_fault_in_the_sound_is_silence_and_not_the_end() -> None:
    class Broken(Untouched):
        def process(self, near: Pcm, far: Pcm) -> Pcm:
            raise FloatingPointError

    desk = Desk(Broken())
    desk.console.mixes = frozenset({HALL})

    assert rms(desk.turn()) == 0
    desk.console.mixes = frozenset()
    assert len(desk.turn()) == TURN_SAMPLES


@pytest.mark.parametrize("hall", [b"", b"x", bytes(958), bytes(2000)])
def test_a_device_that_gives_too_little_or_too_much_changes_nothing(hall: bytes) -> None:
    desk = Desk()
    desk.console.mixes = frozenset({HALL})

    desk.turn(hall)
    desk.turn()

    assert len(desk.sent) == 1


def test_levels_are_told_in_dbfs() -> None:
    meter = Meter()
    assert meter.dbfs == FLOOR_DBFS

    for _ in range(200):
        meter.add(tone(0.01, hz=500, peak=0.1))
    assert meter.dbfs == pytest.approx(-20, abs=0.5)

    for _ in range(400):
        meter.add(silence())
    assert meter.dbfs < -80


def test_packets_that_nobody_takes_cost_no_memory() -> None:
    ana = Talker("ana")
    for index in range(1000):
        ana.put(VoicePacket(1, index * 960, b"x" * 100, index))

    assert len(ana._inbox) == MAX_UNREAD


def test_a_voice_of_another_source_is_learnt_anew() -> None:
    desk, ana = Desk(), Talker("ana")
    desk.console.talkers = (ana,)
    desk.speak(ana)
    before = ana._buffer

    ana.put(VoicePacket(77, 123_456_789, packets()[0], desk.now_ns))
    desk.turn()
    assert ana._buffer is before  # which has only just spoken

    desk.speak(turns=10)
    ana.put(VoicePacket(77, 123_466_789, packets()[0], desk.now_ns))
    desk.turn()
    assert ana._buffer is not before


def test_other_sources_beside_a_voice_do_not_cut_it_up() -> None:
    alone, beside = Talker("ana"), Talker("ana")
    desk = Desk()
    desk.console.talkers = (alone,)
    heard = desk.speak(alone)

    desk = Desk()
    desk.console.talkers = (beside,)
    take = beside.put

    def put_three(packet: VoicePacket) -> None:
        for ssrc in (packet.ssrc, 8, 9):
            take(replace(packet, ssrc=ssrc))

    beside.put = put_three  # type: ignore[method-assign] # whoever speaks sends everything thrice
    assert np.array_equal(desk.speak(beside), heard)


def test_what_comes_while_a_voice_is_played_waits_for_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Talker("ana")
    packet = VoicePacket(1, 0, packets()[0], 0)
    monkeypatch.setattr(PlayoutBuffer, "add", lambda *_, **__: ana.put(packet))  # a flood
    ana.put(packet)

    ana.play(now_ms=0.0)

    assert len(ana._inbox) == 1


def test_the_beat_is_even_where_callbacks_are_not() -> None:
    beat, dice = Beat(), np.random.default_rng(1)
    due = [beat.turn(now_ms=1000 + 10 * turn + dice.uniform(0, 8)) for turn in range(500)]

    steps = np.diff(due)
    assert np.abs(steps - 10).max() < 0.5


def test_the_beat_follows_a_device_that_stood_still() -> None:
    beat = Beat()
    beat.turn(now_ms=0)

    assert beat.turn(now_ms=500) == 500


def test_a_line_of_the_robots_own_is_played_beside_a_voice() -> None:
    desk, talker = Desk(), Talker("ana")
    desk.console.talkers = (talker,)
    alone = desk.speak(talker)
    desk.lines.put("c1", tone(1.0, hz=2000))

    both = desk.speak(talker)

    assert rms(both) > 1.2 * rms(alone)
    assert desk.turn() is not None
    assert desk.over == ["c1"]
