"""The sections of an offer beside the picture, each given to whom it belongs."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from aiortc import RTCRtpTransceiver

from robot_agent.media.seats import Seat
from teleop_core.wire.messages import RtcOffer
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.viewer import Viewer

pytestmark = pytest.mark.asyncio


class WholePage(Viewer):
    """Offers all that a presenter's page does: picture, sound both ways, face, data channel."""

    async def offer(self, *, video: bool = True) -> RtcOffer:
        self.connection.addTransceiver("video", direction="recvonly")
        self.connection.addTransceiver("audio", direction="sendrecv")
        self.connection.addTransceiver("video", direction="sendonly")
        return await super().offer(video=False)


@dataclass
class FakeSeat:
    """A place whose section is received."""

    taken: list[RTCRtpTransceiver] = field(default_factory=list)
    left: int = 0

    def take(self, transceiver: RTCRtpTransceiver, *, on_heard: Callable[[], None]) -> None:
        assert transceiver.direction == "inactive"
        transceiver.direction = "recvonly"
        self.taken.append(transceiver)

    def leave(self) -> None:
        self.left += 1


@dataclass
class Hall:
    """One seat for each, and who was asked for."""

    voice: FakeSeat = field(default_factory=FakeSeat)
    face: FakeSeat = field(default_factory=FakeSeat)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def voice_for(self, peer: str) -> Seat | None:
        self.asked.append(("voice", peer))
        return self.voice

    def face_for(self, peer: str) -> Seat | None:
        self.asked.append(("face", peer))
        return self.face


def directions(answer: str) -> list[str]:
    """Return the direction of each section that has one, in order."""
    known = ("a=sendonly", "a=recvonly", "a=sendrecv", "a=inactive")
    return [line.removeprefix("a=") for line in answer.splitlines() if line in known]


def page(stage: Stage, peer: str) -> WholePage:
    stage.viewers.append(WholePage(stage.plane, peer))
    return stage.viewers[-1]  # type: ignore[return-value] # just put there


async def test_each_section_goes_to_its_seat_and_the_picture_is_shown(make_stage: MakeStage) -> None:
    hall = Hall()
    stage = await make_stage(voice=hall.voice_for, face=hall.face_for)
    viewer = await page(stage, "ana").connect()

    await viewer.see(2)

    assert directions(viewer.answer) == ["sendonly", "recvonly", "recvonly"]
    assert [each.kind for each in hall.voice.taken] == ["audio"]
    assert [each.kind for each in hall.face.taken] == ["video"]
    assert hall.asked == [("voice", "ana"), ("face", "ana")]


async def test_a_robot_without_seats_leaves_the_sections_inactive_and_shows_the_picture(stage: Stage) -> None:
    viewer = await page(stage, "ana").connect()

    await viewer.see(2)

    assert directions(viewer.answer) == ["sendonly", "inactive", "inactive"]


async def test_a_viewer_with_nothing_but_a_picture_takes_no_seat(make_stage: MakeStage) -> None:
    hall = Hall()
    stage = await make_stage(voice=hall.voice_for, face=hall.face_for)
    viewer = await stage.viewer("ana").connect()

    await viewer.see(2)
    await viewer.hang_up()

    assert not hall.voice.taken
    assert not hall.face.taken
    assert (hall.voice.left, hall.face.left) == (0, 0)


async def test_a_seat_is_left_once_when_the_connection_ends(make_stage: MakeStage) -> None:
    hall = Hall()
    stage = await make_stage(voice=hall.voice_for, face=hall.face_for)
    viewer = await page(stage, "ana").connect()
    assert (hall.voice.left, hall.face.left) == (0, 0)

    await viewer.hang_up()
    await stage.plane.close()

    assert (hall.voice.left, hall.face.left) == (1, 1)
