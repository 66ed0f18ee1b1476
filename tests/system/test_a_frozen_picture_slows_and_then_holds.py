"""Promise: who sees an old picture, or none, does not drive, however healthy the rest of the link is."""

import pytest

from simulator.faults import Fault
from simulator.presenter import Picture
from simulator.rig import Rig
from simulator.stage_link import SetFault
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Limit
from tests.system.scene import AROUND, on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD_PICTURE = {Limit.PICTURE_AGE, Limit.NOT_NEUTRAL}  # the second follows from the first, until the hand lets go


async def test_a_screen_that_freezes_stops_the_robot(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        scene.presenter.freeze_picture()

        resting = await scene.at_rest()
        assert resting.path_m - moving.path_m < 1.0  # 700 ms until it holds, ever slower, then the ramp
        await scene.presenter.until("the reason", lambda: scene.presenter.limit in OLD_PICTURE)
        assert Limit.LOOP_DELAY in {each.limit for each in scene.presenter.telemetry_log}  # it slowed down first


async def test_a_camera_that_stalls_stops_the_robot(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        await rig.stage.ask(SetFault(Fault.CAMERA_STALLED, on=True))
        try:
            await scene.at_rest()
            await scene.presenter.until("the reason", lambda: scene.presenter.limit in OLD_PICTURE)
        finally:
            await rig.stage.ask(SetFault(Fault.CAMERA_STALLED, on=False))

        frames = scene.presenter.frames
        await scene.presenter.until("pictures again", lambda: scene.presenter.frames > frames + 5)
        assert await stays_at_rest(rig.stage, for_s=0.5)  # the hand is still on


async def test_without_a_picture_nobody_drives(rig: Rig) -> None:
    async with on_stage(rig, leased=False), person(rig, picture=Picture.UNSEEN) as blind:
        await blind.get_lease()

        blind.hold(AROUND)

        await blind.until("the reason", lambda: blind.limit is Limit.NO_PICTURE)
        assert await stays_at_rest(rig.stage, for_s=0.5)
