"""Promise: killing or freezing the motion process itself still stops the robot, by the base's own time limit."""

import asyncio
import signal

import pytest

from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FARTHEST_M = 0.7


async def test_sigkill_stops_the_robot_and_a_new_one_boots_latched(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()
        epoch = scene.staff.epoch
        (motion,) = rig.motion_pids()

        rig.signal_motion(signal.SIGKILL)
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await scene.staff.until(
            "another life of the robot", lambda: scene.staff.epoch not in {None, epoch}, within_s=10
        )
        assert scene.staff.state is RobotState.STOPPED
        assert rig.motion_pids() != [motion]
        assert await stays_at_rest(rig.stage, for_s=0.5)  # the presenter's hand is still on


async def test_everybody_is_told_that_it_died(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        rig.signal_motion(signal.SIGKILL)

        await scene.staff.until(
            "the agent's word",
            lambda: any(event.cause is StopCause.MOTION_DIED for event in scene.staff.session.events),
            within_s=10,
        )


async def test_sigstop_stops_the_robot_and_waking_up_moves_nothing(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        rig.signal_motion(signal.SIGSTOP)
        try:
            resting = await scene.at_rest()
            await asyncio.sleep(0.3)
        finally:
            rig.signal_motion(signal.SIGCONT)

        assert resting.path_m - moving.path_m < FARTHEST_M
        assert await stays_at_rest(rig.stage, for_s=1.0)
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED, within_s=10)


async def test_a_reset_and_a_new_lease_drive_again(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        epoch = scene.staff.epoch
        rig.signal_motion(signal.SIGKILL)
        await scene.at_rest()
        scene.presenter.let_go()
        await scene.staff.until(
            "another life of the robot", lambda: scene.staff.epoch not in {None, epoch}, within_s=10
        )

        await clear(scene.staff)
        await scene.presenter.get_lease()

        await scene.drive_off()
