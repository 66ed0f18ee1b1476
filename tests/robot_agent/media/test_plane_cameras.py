"""The cameras of a running media plane: chosen, stalled, absent, raising."""

import asyncio
import threading

import pytest

from robot_agent.media import steady_camera
from robot_agent.media.cameras import MountedCamera
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera, Frame
from teleop_core.wire.messages import (
    Ack,
    CameraHealth,
    ChooseCamera,
    Role,
    Verdict,
)
from tests.robot_agent.media.conftest import MakeStage
from tests.robot_agent.media.scene import NoisyScene

pytestmark = pytest.mark.asyncio


async def test_another_camera_becomes_the_picture_without_a_new_session(make_stage: MakeStage) -> None:
    front = NoisyScene(width_px=640, height_px=480)
    stage = await make_stage(others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    answer = await stage.plane.receive("bo", Role.STAFF, ChooseCamera(id="c", name="front"))
    await viewer.until(lambda: viewer.shown[-1].width == 640)

    assert answer == Ack(id="c", verdict=Verdict.DONE)
    assert stage.plane.peers == {"ana"}
    assert len({arrived.packet.ssrc for arrived in viewer.packets}) == 1
    assert stage.told[-1].main == "front"


async def test_a_picture_whose_drive_camera_stalls_grows_old_though_it_goes_on(make_stage: MakeStage) -> None:
    head, front = NoisyScene(), NoisyScene()
    stage = await make_stage(camera=head, others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    head.stalled.set()
    await asyncio.sleep(0.5)
    seen = len(viewer.shown)
    await viewer.see(seen + 5)

    assert len(set(list(stage.captured.values())[-5:])) == 1


async def test_a_camera_that_is_away_is_told_and_that_it_is_back(make_stage: MakeStage) -> None:
    stage = await make_stage()
    healths = [CameraHealth.LIVE, CameraHealth.ABSENT, CameraHealth.LIVE]
    for stalls, health in zip((False, True, False), healths, strict=True):
        (stage.camera.stalled.set if stalls else stage.camera.stalled.clear)()
        await stage.until_told(lambda head, wanted=health: head.health is wanted)

    assert {cameras.cameras[0].missing for cameras in stage.told} == {""}  # its driver does not know
    told = [cameras.cameras[0].health for cameras in stage.told]
    assert [health for health, before in zip(told, [None, *told], strict=False) if health is not before][-3:] == healths


class BrokenScene(NoisyScene):
    """A camera that raises while `broken` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = threading.Event()

    def read(self, *, timeout_s: float) -> Frame | None:
        if self.broken.is_set():
            raise OSError("the camera's socket is gone")
        return super().read(timeout_s=timeout_s)


async def test_a_camera_that_raises_is_told_with_its_reason_and_comes_back_while_the_others_are_seen(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady_camera, "DEVICE_RETRIES_S", (0.1,))
    broken, front = BrokenScene(), NoisyScene()
    stage = await make_stage(camera=broken, others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)

    broken.broken.set()
    await stage.until_told(lambda head, _: head.missing == "OSError: the camera's socket is gone")
    await viewer.see(len(viewer.shown) + 3)
    assert broken.closed.is_set()
    broken.broken.clear()

    await stage.until_told(lambda head, _: head.health is CameraHealth.LIVE)
    assert not stage.running.done()


async def test_settings_of_a_camera_that_can_never_work_end_the_run(make_stage: MakeStage) -> None:
    def wrong() -> Camera:
        raise ConfigError("robot.camera: no such key")

    stage = await make_stage(others=[MountedCamera(name="front", open_camera=wrong)])

    with pytest.raises(ExceptionGroup) as failure:
        await stage.running
    assert failure.group_contains(ConfigError, match="no such key")
