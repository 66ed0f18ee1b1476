"""Forged sound, from behind a peer's own key: who may not be heard is not, and no packet harms anybody else's voice."""

import random
import struct
from collections.abc import AsyncIterator, Callable, Iterable

import numpy as np
import pytest
import pytest_asyncio
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtp import RtpPacket

from robot_agent.media.aiortc_guards import MAX_SOURCES
from robot_agent.media.voice.levels import FLOOR_DBFS
from robot_agent.media.voice.talker import MAX_UNREAD
from simulator.voices import rms
from teleop_core.wire.messages import Role, RtcOffer
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.viewer import Viewer
from tests.robot_agent.media.voice.fake_hall import FakeHall
from tests.robot_agent.media.voice.house import House, MakeHouse
from tests.robot_agent.media.voice.voice_line import packets

pytestmark = pytest.mark.asyncio

OPUS = 96
FRAME = 960


class Forger(Viewer):
    """Offers picture and sound as a page does, and then sends what it likes, encrypted as it must be."""

    sequence = 0

    async def offer(self, *, video: bool = True) -> RtcOffer:
        self.connection.addTransceiver("video", direction="recvonly")
        self.connection.addTransceiver("audio", direction="sendrecv")
        return await super().offer(video=False)

    def _track_came(self, track: MediaStreamTrack) -> None:
        """Look at nothing, hear nothing."""

    async def send(self, payload: bytes, *, at: int, ssrc: int = 7, payload_type: int = OPUS) -> None:
        self.sequence = (self.sequence + 1) % 2**16
        packet = RtpPacket(
            payload_type=payload_type, sequence_number=self.sequence, timestamp=at, ssrc=ssrc, payload=payload
        )
        await self.send_raw(packet.serialize())

    async def send_raw(self, packet: bytes) -> None:
        await self.receiver.transport._send_rtp(packet)

    async def speak(self, turns: Iterable[int], **others: int) -> None:
        """Send speech, faster than it is spoken where nobody waits."""
        for turn in turns:
            await self.send(packets()[turn % 500], at=turn * FRAME % 2**32, **others)


class Scene:
    """A hall that listens, and the people in the room."""

    def __init__(self, hall: FakeHall, house: House, stage: Stage) -> None:
        self.hall = hall
        self.house = house
        self.stage = stage

    async def enter(self, peer: str, role: Role = Role.PRESENTER) -> Forger:
        forger = Forger(self.stage.plane, peer, role)
        self.stage.viewers.append(forger)
        await forger.connect()
        return forger

    async def turns(self, count: int) -> None:
        """Let the loudspeaker play so many more times 10 ms."""
        until = self.hall.turns + count
        await self.until(lambda: self.hall.turns >= until)

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self.house.until(lambda told: True)
            self.house.told.clear()

    async def is_heard(self, forger: Forger, *, at: int = 0) -> None:
        """Have somebody speak, as a page does, until the hall hears it."""
        turn = at
        while rms(self.hall.pcm[-4800:]) < 50:
            await forger.speak([turn])
            await self.turns(2)
            turn += 1


@pytest_asyncio.fixture
async def scene(make_house: MakeHouse, make_stage: MakeStage) -> AsyncIterator[Scene]:
    hall = FakeHall()
    house = make_house(hall)
    await house.until(lambda told: told.hall_dbfs is not None)
    made = Scene(hall, house, await make_stage(voice=house.voice.seat))
    yield made
    assert not house.running.done()
    assert not made.stage.running.done()
    levels = [level for told in house.told for level in (told.hall_dbfs, told.speaker_dbfs, told.waits_ms)]
    assert np.isfinite([level for level in levels if level is not None]).all()


async def test_an_observer_s_speech_is_not_played_whatever_it_calls_itself(scene: Scene) -> None:
    olu = await scene.enter("olu", Role.OBSERVER)

    for payload_type in range(128):
        if not 64 <= payload_type < 96:  # with the marker these are RTCP's (RFC 5761, 4)
            await olu.speak(range(3), payload_type=payload_type, ssrc=payload_type)
            await olu.speak(range(3), payload_type=payload_type)
    await scene.turns(30)

    assert rms(scene.hall.pcm) == 0
    assert all(told.heard == () for told in scene.house.told)
    assert (await scene.house.until(lambda told: True)).speaker_dbfs == FLOOR_DBFS


async def test_whom_staff_muted_is_not_played_whatever_it_calls_itself(scene: Scene) -> None:
    scene.house.muted = frozenset({"ana"})
    ana = await scene.enter("ana")

    for ssrc in range(8):
        await ana.speak(range(50), ssrc=ssrc)
    await scene.turns(30)

    assert rms(scene.hall.pcm) == 0
    assert all(told.heard == () for told in scene.house.told)


async def test_a_payload_type_that_was_not_agreed_upon_is_not_played(scene: Scene) -> None:
    ana = await scene.enter("ana")

    for payload_type in (0, 8, 35, 97, 98, 110, 127):
        await ana.speak(range(50), payload_type=payload_type)
    await scene.turns(30)

    assert rms(scene.hall.pcm) == 0


async def test_sources_without_end_take_no_memory_and_the_connection_ends_as_ever(scene: Scene) -> None:
    ana = await scene.enter("ana")
    receiver = scene.stage.plane._links["ana"]._connection.getTransceivers()[1].receiver

    for ssrc in range(1000, 3000):
        await ana.send(packets()[0], at=0, ssrc=ssrc)
    await scene.turns(200)  # so that the receiver had to report on them

    assert 0 < len(receiver._RTCRtpReceiver__remote_streams) <= MAX_SOURCES  # type: ignore[attr-defined] # aiortc's
    assert ana.connection.connectionState == "connected"
    await ana.hang_up()
    await scene.until(lambda: "ana" not in scene.house.voice._voices)


HOSTILE = [
    b"",
    b"\0",
    b"\xff",
    b"\xff" * 1200,
    bytes(1200),
    b"\x03\x30" + bytes(1100),  # 48 frames of 2.5 ms
    b"\x7b\x3f" + bytes(600),  # 63 frames: longer than Opus allows
    b"\x0f\x86" + bytes(300),  # 6 frames of 20 ms, 120 ms
    *(bytes([toc]) for toc in range(0, 256, 9)),
]


async def test_garbage_and_oversized_packets_cost_nobody_else_a_word(scene: Scene) -> None:
    ana, bo = await scene.enter("ana"), await scene.enter("bo", Role.STAFF)
    dice = random.Random(18)
    payloads = [*HOSTILE, *(dice.randbytes(dice.randrange(1, 1300)) for _ in range(100))]
    await ana.speak(range(3))
    for payload in payloads:
        await ana.send(payload, at=ana.sequence * FRAME)
    for payload in payloads:  # shaken
        await ana.send(packets()[0][: dice.randrange(1, 60)] + payload[:200], at=dice.randrange(2**32))

    await scene.is_heard(bo)

    assert scene.hall.fault is None
    assert scene.house.voice._console is not None
    assert not scene.house.voice._console._broken


async def test_absurd_times_and_numbers_harm_at_most_who_sends_them_and_not_for_long(scene: Scene) -> None:
    ana = await scene.enter("ana")
    dice = random.Random(18)
    absurd = [0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 0xDEADBEEF, *(dice.randrange(2**32) for _ in range(100))]
    for turn, at in enumerate(absurd):
        ana.sequence += dice.choice([0, 1, 1_000, 2**15 - 2])  # SRTP takes leaps forward only
        await ana.send(packets()[turn % 500], at=at)
        if turn % 10 == 0:
            await scene.turns(1)

    buffer = scene.house.voice._voices["ana"].talker._buffer
    assert buffer is not None
    await scene.turns(40)
    await scene.is_heard(ana, at=90_000)
    assert len(buffer._ready) < 48_000


async def test_a_flood_takes_no_memory_and_the_others_are_heard(scene: Scene) -> None:
    ana, bo = await scene.enter("ana"), await scene.enter("bo", Role.STAFF)
    voice = scene.house.voice._voices["ana"]
    for turn in range(5_000):
        await ana.send(packets()[turn % 500], at=turn * FRAME % 2**32)

    assert len(voice.talker._inbox) <= MAX_UNREAD
    assert voice.talker._buffer is None or len(voice.talker._buffer._packets) <= MAX_UNREAD
    scene.house.muted = frozenset({"ana"})
    await scene.turns(50)
    await scene.is_heard(bo)


async def test_packets_that_cannot_be_read_end_no_session(scene: Scene) -> None:
    ana = await scene.enter("ana")
    short_extension = struct.pack("!BBHII", 0x90, OPUS, 1, 0, 7) + struct.pack("!HH", 0xBEDE, 4)
    extensions = [bytes([x_id << 4 | size]) + bytes(15) for x_id in range(1, 15) for size in range(15)]
    remb = struct.pack("!BBHII", 0x8F, 206, 4, 1, 0) + b"REMB" + struct.pack("!BBH", 255, 0, 1)
    dice = random.Random(18)
    junk = [
        bytes([first, second]) + (length - 1).to_bytes(2, "big") + dice.randbytes(4 * length - 4)
        for first in (0x80, 0x81, 0x8F, 0x9F, 0xA1)
        for second in (200, 201, 202, 203, 204, 205, 206, 207)
        for length in (2, 3, 5, 9)
    ]

    for raw in [*(short_extension + each for each in extensions), remb, *junk]:
        await ana.send_raw(raw)
    await scene.is_heard(ana)

    assert ana.connection.connectionState == "connected"
