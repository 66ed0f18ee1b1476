"""Promise: a base on a serial port that is unplugged stops by its own watchdog, and is latched when it is back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulator.faults import Fault
from simulator.rig import Rig, RigOptions
from simulator.stage_link import SetFault
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FARTHEST_M = 0.7


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncIterator[Rig]:
    async with Rig(RigOptions(robot="serial")) as running:
        yield running


async def test_it_drives(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_on(0.5)

        assert (await rig.stage.truth()).driven


async def test_unplugging_stops_it_and_latches(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        await rig.stage.ask(SetFault(Fault.SERIAL_UNPLUGGED, on=True))
        try:
            resting = await scene.at_rest()
            await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is StopCause.DRIVER_FAULT)
        finally:
            await rig.stage.ask(SetFault(Fault.SERIAL_UNPLUGGED, on=False))

        assert resting.path_m - moving.path_m < FARTHEST_M
        assert await stays_at_rest(rig.stage, for_s=0.5)


async def test_plugged_in_again_it_drives_after_a_reset(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await rig.stage.ask(SetFault(Fault.SERIAL_UNPLUGGED, on=True))
        await scene.at_rest()
        await rig.stage.ask(SetFault(Fault.SERIAL_UNPLUGGED, on=False))
        scene.presenter.let_go()
        await scene.staff.until("a base that answers", lambda: scene.staff.state is RobotState.STOPPED)

        await clear(scene.staff)
        await scene.presenter.get_lease()

        await scene.drive_off()
