"""Promise: a robot that tips over, runs away or does not move as it is told latches by itself, and stays so."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from simulator.faults import Fault
from simulator.rig import Rig
from simulator.stage_link import PressStop, SetFault
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Refusal, RobotState, StopCause
from tests.system.scene import AROUND, Scene, clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def broken(rig: Rig, fault: Fault) -> AsyncIterator[None]:
    """The base with that fault."""
    await rig.stage.ask(SetFault(fault, on=True))
    try:
        yield
    finally:
        await rig.stage.ask(SetFault(fault, on=False))


async def latches(scene: Scene, cause: StopCause) -> None:
    await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is cause, within_s=10.0)


async def drives_again(scene: Scene) -> None:
    scene.presenter.let_go()
    await scene.at_rest()
    await clear(scene.staff)
    await scene.presenter.get_lease()
    await scene.drive_off()


async def test_a_robot_that_tips_over_latches_until_it_is_upright(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        async with broken(rig, Fault.TIPPED):
            await latches(scene, StopCause.TILT)
            await scene.at_rest()
            await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)
            assert (await scene.staff.reset()).refusal is Refusal.FAULT

        await drives_again(scene)


async def test_a_robot_that_runs_away_latches_and_is_stopped_by_its_own_input(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        async with broken(rig, Fault.RUNAWAY):
            scene.presenter.let_go()
            await latches(scene, StopCause.ODOMETRY)
            running = await rig.stage.truth()
            assert running.speed_mps > 0.25  # no word of ours stops it
            assert (await scene.staff.reset()).refusal is Refusal.MOVING
            await rig.stage.ask(PressStop(pressed=True))
            await scene.at_rest()
        assert await stays_at_rest(rig.stage, for_s=0.5)

        await rig.stage.ask(PressStop(pressed=False))
        await drives_again(scene)


async def test_a_robot_that_does_not_move_when_told_to_latches(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        placed = await rig.stage.truth()
        async with broken(rig, Fault.STUCK):
            deadline = time.monotonic() + 20.0
            scene.presenter.hold(AROUND)
            while scene.staff.latched_by is None:
                assert time.monotonic() < deadline, scene.presenter.last_seen()
                if scene.presenter.state is RobotState.HOLD:
                    await scene.presenter.rearm()
                    scene.presenter.hold(AROUND)
                await asyncio.sleep(0.01)
            assert scene.staff.latched_by is StopCause.ODOMETRY
            assert (await rig.stage.truth()).pose == placed.pose

        await drives_again(scene)
