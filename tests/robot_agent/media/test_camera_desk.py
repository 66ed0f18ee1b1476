import asyncio
import contextlib

import pytest

from robot_agent.media.camera_desk import CameraDesk
from robot_agent.media.cameras import CameraRig, MountedCamera
from teleop_core.wire.messages import Ack, CameraHealth, Cameras, ChooseCamera, Refusal, Role, Verdict
from tests.robot_agent.media.scene import NoisyScene
from tests.waiting import until

pytestmark = pytest.mark.asyncio


class Hall:
    """A desk over two cameras, and what it told."""

    def __init__(self) -> None:
        self.rig = CameraRig([MountedCamera(name=name, open_camera=NoisyScene) for name in ("head", "front")])
        self.told: list[Cameras] = []
        self._news = asyncio.Event()
        self.desk = CameraDesk(self.rig, on_cameras=self._tell)

    def _tell(self, cameras: Cameras) -> None:
        self.told.append(cameras)
        self._news.set()

    async def hear(self, count: int) -> list[Cameras]:
        """Run the desk until it has told so often."""
        running = asyncio.create_task(self.desk.run())
        while len(self.told) < count:
            self._news.clear()
            await self._news.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return self.told


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.STAFF])
async def test_presenters_and_staff_choose_for_everybody(role: Role) -> None:
    hall = Hall()

    assert hall.desk.choose(role, ChooseCamera(id="c-1", name="front")) == Ack(id="c-1", verdict=Verdict.DONE)
    assert (await hall.hear(1))[0].main == "front"


async def test_an_observer_does_not_choose() -> None:
    hall = Hall()
    ack = hall.desk.choose(Role.OBSERVER, ChooseCamera(id="c-1", name="front"))

    assert (ack.verdict, ack.refusal) == (Verdict.REFUSED, Refusal.ROLE)
    assert hall.rig.main == "head"


async def test_a_camera_that_is_not_there_is_refused_with_those_that_are() -> None:
    ack = Hall().desk.choose(Role.STAFF, ChooseCamera(id="c-1", name="roof"))

    assert (ack.refusal, ack.detail) == (Refusal.MEDIA, "expected one of the cameras head, front; got roof")


async def test_the_state_is_told_at_once_and_again_though_nothing_changes() -> None:
    first, second = (await Hall().hear(2))[:2]

    assert (first.main, first.cameras) == (second.main, second.cameras)
    assert second.at_unix_ms > first.at_unix_ms
    assert {camera.health for camera in first.cameras} == {CameraHealth.ABSENT}


async def test_a_camera_that_comes_to_life_is_told_before_it_is_time_again() -> None:
    hall = Hall()
    hearing = asyncio.create_task(hall.hear(2))
    await until(lambda: bool(hall.told))
    hall.rig.eyes[0].saw(NoisyScene().picture(), now_ns=2**62)
    await hearing

    assert [camera.health for camera in hall.told[1].cameras] == [CameraHealth.LIVE, CameraHealth.ABSENT]
