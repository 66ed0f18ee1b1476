"""Promise: going over the simulated stage's edge is a recorded event, and the robot knows that it lies there.

A robot that was told where the edges are does not get there; this one was not.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulator.events import EventKind
from simulator.rig import Rig, RigOptions
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import FORWARD, clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncIterator[Rig]:
    async with Rig(RigOptions(edges=False)) as running:
        yield running


async def test_over_the_edge(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        edge_m = 4.0
        await rig.stage.place(edge_m - 0.5, 0.0)
        scene.presenter.hold(FORWARD)

        fallen = await scene.truth("a fall", lambda seen: seen.fallen, within_s=10)

        assert fallen.events[-1].kind is EventKind.FELL
        await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is StopCause.DRIVER_FAULT)
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)


async def test_carried_back_it_drives_again(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await rig.stage.place(3.9, 0.0)
        scene.presenter.hold(FORWARD)
        await scene.truth("a fall", lambda seen: seen.fallen, within_s=10)
        scene.presenter.let_go()
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)

        await rig.stage.place(0.0, 0.0)
        await clear(scene.staff)
        await scene.presenter.get_lease()

        await scene.drive_off()
