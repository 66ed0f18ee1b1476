"""Threat 18: forged sound for the robot's loudspeaker, by a stranger who knows the ports and by guests with a key.

Expected: nothing is played of whoever may not be heard; alive, memory bounded, and who drives drives on.
"""

import asyncio
import itertools
import random
import re
import struct
from collections.abc import Callable, Iterator

import pytest
from aiortc import RTCDtlsTransport

from robot_agent.media.voice.opus import FRAME_SAMPLES, OpusEncoder
from simulator import visitor
from simulator.presenter import Presenter
from simulator.rig import Rig
from simulator.viewer import Shown, Viewer
from simulator.voices import speech
from simulator.watching import stays_at_rest
from teleop_core.wire.codec import decode_to_person
from teleop_core.wire.messages import Role, Sound
from tests.system.scene import DIRECT_ONLY, on_stage, person
from tests.threats.real import rss_bytes
from tests.threats.strangers import A_VOLLEY, bombard

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROWTH_BYTES = 64 * 2**20
PACKETS = 400
QUIET_DBFS = -70.0  # the meter may still fall from what was said before


class SpeakingViewer(Viewer):
    """A page's end that offers its microphone, too."""

    def __init__(self, *, on_shown: Callable[[Shown], None], on_message: Callable[[bytes], None]) -> None:
        super().__init__(on_shown=on_shown, on_message=on_message)
        self._connection.addTransceiver("audio", direction="sendrecv")


@pytest.fixture(autouse=True)
def everybody_offers_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "Viewer", SpeakingViewer)


@pytest.fixture(scope="module")
def words() -> list[bytes]:
    """Two seconds of speech."""
    encoder, voice = OpusEncoder(), speech(2.0, seed=18)
    return [encoder.encode(voice[at : at + FRAME_SAMPLES]) for at in range(0, len(voice), FRAME_SAMPLES)]


def told_of_sound(person: Presenter) -> list[Sound]:
    """Return what somebody is told of the robot's sound from now on."""
    told: list[Sound] = []
    receive = person._receive

    def listen(frame: bytes | str) -> None:
        receive(frame)
        message = decode_to_person(frame)
        if isinstance(message, Sound):
            told.append(message)

    person._receive = listen  # type: ignore[method-assign] # to listen in, nothing else
    return told


def microphone(speaker: Presenter) -> tuple[RTCDtlsTransport, int, int]:
    """Return the line behind somebody's key, and the payload type and source that were agreed upon for their sound."""
    assert speaker._viewer is not None
    connection = speaker._viewer._connection
    association = connection.sctp
    assert association is not None
    section = connection.localDescription.sdp.split("m=audio")[1]
    kind, source = re.search(r"a=rtpmap:(\d+) opus", section), re.search(r"a=ssrc:(\d+)", section)
    assert kind is not None
    assert source is not None
    return association.transport, int(kind[1]), int(source[1])


def rtp(payload: bytes, *, kind: int, number: int, at: int, source: int) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, number % 2**16, at % 2**32, source) + payload


def forged(words: list[bytes], *, kind: int, source: int) -> Iterator[bytes]:
    """Yield speech, garbage, oversized packets and absurd times, of the agreed source and of others."""
    dice = random.Random(18)
    for number in itertools.count():
        speaks = words[number % len(words)]
        yield rtp(speaks, kind=kind, number=3 * number, at=number * FRAME_SAMPLES, source=source)
        yield rtp(dice.randbytes(dice.randrange(1200)), kind=kind, number=3 * number + 1, at=0, source=source)
        yield rtp(speaks, kind=kind, number=3 * number + 2, at=dice.randrange(2**32), source=source)
        yield rtp(speaks, kind=dice.choice([0, 8, kind + 1, 127]), number=number, at=0, source=source + 1)
        yield rtp(b"\xff" * 1200, kind=kind, number=number, at=0, source=dice.randrange(2**32))


async def send_forged(speaker: Presenter, words: list[bytes]) -> None:
    line, kind, source = microphone(speaker)
    for count, packet in enumerate(itertools.islice(forged(words, kind=kind, source=source + 7), PACKETS)):
        await line._send_rtp(packet)
        if count % A_VOLLEY == 0:
            await asyncio.sleep(0.004)


def assert_nobody_was_heard(told: list[Sound]) -> None:
    assert told
    assert {each.heard for each in told} == {()}
    assert all(each.speaker_dbfs is not None and each.speaker_dbfs < QUIET_DBFS for each in told)


async def test_a_guest_who_may_not_be_heard_is_not_and_who_drives_drives_on(rig: Rig, words: list[bytes]) -> None:
    async with on_stage(rig, roads=DIRECT_ONLY) as scene, person(rig, Role.OBSERVER) as guest:
        await scene.drive_off()
        agent, told = rig.child("robot"), told_of_sound(scene.staff)
        before = rss_bytes(agent.pid)

        await send_forged(guest, words)

        await scene.drive_on(0.3)
        assert agent.exit_status is None
        assert rss_bytes(agent.pid) - before < GROWTH_BYTES
        assert_nobody_was_heard(told)


async def test_a_stranger_speaks_in_nobody_s_name(rig: Rig, words: list[bytes]) -> None:
    async with on_stage(rig, roads=DIRECT_ONLY) as scene:
        await scene.drive_off()
        agent, told = rig.child("robot"), told_of_sound(scene.staff)
        _, kind, source = microphone(scene.presenter)

        await bombard(rig, list(itertools.islice(forged(words, kind=kind, source=source), 100)), for_s=1.0)

        await scene.drive_on(0.3)
        assert agent.exit_status is None
        assert_nobody_was_heard(told)


async def test_what_the_presenter_s_own_key_forges_moves_nothing_and_ends_nothing(rig: Rig, words: list[bytes]) -> None:
    async with on_stage(rig) as scene:
        agent, told = rig.child("robot"), told_of_sound(scene.staff)
        before = rss_bytes(agent.pid)

        _, rested = await asyncio.gather(send_forged(scene.presenter, words), stays_at_rest(rig.stage, for_s=1.5))
        await scene.staff.until("a silent hall", lambda: bool(told) and told[-1].heard == ())

        assert rested
        assert agent.exit_status is None
        assert rss_bytes(agent.pid) - before < GROWTH_BYTES
        assert any(each.heard == (scene.presenter.id,) for each in told)  # as anybody is who may be
        assert all(each.speaker_dbfs is not None and each.speaker_dbfs <= 3.1 for each in told)  # full scale, no NaN
        await scene.drive_off()
