"""A presenter's face over a real connection, onto a display that remembers."""

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction

import av
import numpy as np
import pytest
import pytest_asyncio
from aiortc.mediastreams import MediaStreamTrack

from robot_agent.media.face import room as face_room
from robot_agent.media.face.mirror import FaceMirror
from robot_agent.media.face.room import FaceRoom
from teleop_core.errors import DriverLost
from teleop_core.ports import FaceDisplay
from teleop_core.wire.messages import RtcOffer
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.face.encoded import WHITE
from tests.robot_agent.media.face.fake_display import FakeDisplay
from tests.robot_agent.media.viewer import Viewer
from tests.waiting import until

pytestmark = pytest.mark.asyncio

SEEN = 200  # brighter than the card ever is


class WhiteFace(MediaStreamTrack):
    """Somebody very pale."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / 30)
        frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), WHITE, np.uint8), format="bgr24")
        self._number += 1
        frame.pts, frame.time_base = self._number * 3_000, Fraction(1, 90_000)
        return frame


class Presenter(Viewer):
    """A page that shows its face."""

    async def offer(self, *, video: bool = True) -> RtcOffer:
        self.connection.addTransceiver("video", direction="recvonly")
        self.connection.addTransceiver(WhiteFace(), direction="sendonly")
        return await super().offer(video=False)


class Hall:
    """A robot with a face, and who drives it."""

    def __init__(self) -> None:
        self.display = FakeDisplay()
        self.driver: str | None = None
        self.missing = 0
        self.room = FaceRoom(open_display=self.open, driver=lambda: self.driver)
        self.running = asyncio.create_task(self.room.run())

    def open(self) -> FaceDisplay:
        if self.missing:
            self.missing -= 1
            raise DriverLost("no display yet")
        return self.display

    @property
    def level(self) -> float:
        return self.display.levels[-1] if self.display.levels else 0.0


@pytest_asyncio.fixture
async def hall() -> AsyncIterator[Hall]:
    opened = Hall()
    yield opened
    opened.running.cancel()
    await asyncio.wait([opened.running])


async def present(stage: Stage, peer: str) -> Presenter:
    presenter = Presenter(stage.plane, peer)
    stage.viewers.append(presenter)
    await presenter.connect()
    return presenter


async def test_the_drivers_face_is_shown_and_the_card_when_it_leaves(make_stage: MakeStage, hall: Hall) -> None:
    stage = await make_stage(face=hall.room.seat)
    hall.driver = "ana"
    ana = await present(stage, "ana")

    await until(lambda: hall.level > SEEN)
    await ana.hang_up()

    await until(lambda: hall.level < SEEN / 2)


async def test_a_mirror_shows_what_the_hall_sees_of_the_presenter(make_stage: MakeStage, hall: Hall) -> None:
    mirror = hall.room.mirror()
    assert await asyncio.to_thread(FaceMirror(lambda: None).read, timeout_s=0.01) is None  # the face is away
    stage = await make_stage(face=hall.room.seat)
    await until(lambda: bool(hall.display.levels))
    card = await asyncio.to_thread(mirror.read, timeout_s=1)

    hall.driver = "ana"
    await present(stage, "ana")
    await until(lambda: hall.level > SEEN)
    face = await asyncio.to_thread(mirror.read, timeout_s=1)

    assert card is not None
    assert np.mean(np.asarray(card.pixels)) < SEEN / 2
    assert face is not None
    assert np.mean(np.asarray(face.pixels)) > 0.8 * SEEN  # it fades in
    assert (face.width_px % 2, face.height_px % 2) == (0, 0)
    assert face.captured_ns > card.captured_ns
    mirror.close()


async def test_only_the_drivers_face_is_shown_and_who_becomes_the_driver_is_seen_soon(
    make_stage: MakeStage, hall: Hall
) -> None:
    stage = await make_stage(face=hall.room.seat)
    hall.driver = "somebody"
    await present(stage, "ana")
    await until(lambda: bool(hall.display.levels))
    await asyncio.sleep(0.5)
    assert max(hall.display.levels) < SEEN / 2

    hall.driver = "ana"

    await until(lambda: hall.level > SEEN)


async def test_a_display_that_is_not_there_yet_or_fails_is_opened_again(
    make_stage: MakeStage, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_room, "RETRY_S", 0.05)
    hall.missing = 3
    hall.driver = "ana"
    stage = await make_stage(face=hall.room.seat)
    await present(stage, "ana")
    await until(lambda: hall.level > SEEN)

    hall.display.broken = True
    await until(hall.display.closed.is_set)
    hall.display = FakeDisplay()

    await until(lambda: hall.level > SEEN)
