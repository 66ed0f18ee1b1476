"""Promise: whatever becomes of the agent in the middle of a drive, the motion process stops the robot by itself."""

import asyncio
import signal

import pytest

from simulator import processes
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FARTHEST_M = 0.7


async def test_sigkill_stops_the_robot_and_the_next_agent_finds_it_latched(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()
        before = scene.presenter.session.telemetry
        assert before is not None
        (motion,) = rig.motion_pids()

        rig.child("robot").kill()
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await _until_gone(rig, motion)

        rig.launch("robot")
        await rig.until_ready()
        await scene.staff.until("a robot with a new epoch", lambda: scene.staff.epoch != before.epoch)
        assert scene.staff.state is RobotState.STOPPED
        assert await stays_at_rest(rig.stage, for_s=0.5)  # the presenter's hand is still on


async def test_sigstop_stops_and_latches_the_robot_and_waking_up_moves_nothing(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        rig.child("robot").send(signal.SIGSTOP)
        try:
            resting = await scene.at_rest()
            await asyncio.sleep(0.6)  # beyond the 500 ms after which it latches
        finally:
            rig.child("robot").send(signal.SIGCONT)

        assert resting.path_m - moving.path_m < FARTHEST_M
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED, within_s=10)
        await scene.staff.until("who latched it", lambda: scene.staff.latched_by is not None)
        assert scene.staff.latched_by is StopCause.AGENT_SILENT
        assert await stays_at_rest(rig.stage, for_s=0.5)


async def test_sigterm_stops_the_robot_before_the_agent_ends(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        assert await rig.child("robot").stop(within_s=5.0)

        resting = await scene.at_rest(within_s=1.0)
        assert resting.path_m - moving.path_m < FARTHEST_M
        rig.launch("robot")
        await rig.until_ready()


async def test_after_it_all_the_robot_drives_again(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        rig.child("robot").kill()
        await scene.at_rest()
        scene.presenter.let_go()
        rig.launch("robot")
        await rig.until_ready()
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)

        await clear(scene.staff)
        await scene.presenter.watch()
        await scene.presenter.get_lease()

        await scene.drive_off()


async def _until_gone(rig: Rig, pid: int) -> None:
    for _ in range(500):
        if pid not in processes.marked(rig.mark):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"the motion process {pid} outlives its agent and its ramp")
