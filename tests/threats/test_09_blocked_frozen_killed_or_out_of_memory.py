"""Threat 9: the agent's loop is blocked, the agent is frozen, killed or out of memory; the same to the motion process.

Expected: the motion process stops the base; where that is what failed, the driver's time limit and the base's own
watchdog do; what comes back is latched. Each process killed or frozen alone: `tests/system/`.
"""

import asyncio
import resource
import signal

import pytest

from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import on_stage
from tests.threats.real import FARTHEST_M, size_bytes

SPARE_BYTES = 32 * 2**20

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_agent_whose_event_loop_is_blocked_is_silence_to_the_motion_process(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        rig.child("robot").send(signal.SIGUSR1)
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await scene.staff.until("who latched it", lambda: scene.staff.latched_by is StopCause.AGENT_SILENT, within_s=10)
        assert await stays_at_rest(rig.stage, for_s=0.5)


async def test_a_motion_process_whose_loop_is_blocked_is_stopped_by_the_drivers_time_limit(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        rig.signal_motion(signal.SIGUSR1)
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED, within_s=10)
        await scene.staff.until("who latched it", lambda: scene.staff.latched_by is StopCause.SUSPEND, within_s=10)


async def test_when_agent_and_motion_process_are_killed_in_the_same_instant_the_base_stops_itself(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()
        epoch = scene.staff.epoch

        rig.signal_motion(signal.SIGKILL)
        rig.child("robot").kill()
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await rig.mend()
        await scene.staff.until(
            "another life of the robot", lambda: scene.staff.epoch not in {None, epoch}, within_s=10
        )
        assert scene.staff.state is RobotState.STOPPED
        assert await stays_at_rest(rig.stage, for_s=0.5)


async def test_when_both_are_frozen_the_base_stops_itself_and_waking_up_moves_nothing(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()

        rig.child("robot").send(signal.SIGSTOP)
        rig.signal_motion(signal.SIGSTOP)
        try:
            resting = await scene.at_rest()
            await asyncio.sleep(0.6)
        finally:
            rig.signal_motion(signal.SIGCONT)
            rig.child("robot").send(signal.SIGCONT)

        assert resting.path_m - moving.path_m < FARTHEST_M
        assert await stays_at_rest(rig.stage, for_s=1.0)
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED, within_s=10)


async def test_an_agent_out_of_memory_passes_nothing_on_and_the_robot_stops(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        agent = rig.child("robot")
        moving = await scene.drive_off()

        _, most = resource.prlimit(agent.pid, resource.RLIMIT_AS)
        resource.prlimit(agent.pid, resource.RLIMIT_AS, (size_bytes(agent.pid) + SPARE_BYTES, most))
        agent.send(signal.SIGUSR2)
        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        assert await stays_at_rest(rig.stage, for_s=0.5)  # the hand is on all the time
        agent.kill()  # as the kernel, or whoever looks after the robot, would
        await rig.mend()
        await scene.staff.until("a robot that is back", lambda: scene.staff.state is RobotState.STOPPED, within_s=10)
