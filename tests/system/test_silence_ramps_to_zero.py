"""Promise: a driver who falls silent leaves a robot that stands, at once and until the hand has let go."""

import pytest

from simulator.presenter import BOTH_ROADS
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Limit, RobotState
from tests.system.scene import on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

# From 0.6 m/s: 250 ms of silence and a 20 ms tick, then a ramp of 1 m/s^2 (0.34 m). Twice that, for a busy machine.
FARTHEST_M = 0.7


async def test_a_cut_line_stops_the_robot_on_a_short_way(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        moving = await scene.drive_off()
        scene.presenter.roads = frozenset()

        resting = await scene.at_rest()

        assert resting.path_m - moving.path_m < FARTHEST_M
        await scene.staff.until("a robot that holds", lambda: scene.staff.state is RobotState.HOLD)


async def test_a_line_that_comes_back_moves_nothing_while_the_hand_is_still_on(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        scene.presenter.roads = frozenset()
        await scene.at_rest()

        scene.presenter.roads = BOTH_ROADS

        assert await stays_at_rest(rig.stage, for_s=1.0)
        assert scene.presenter.limit in {
            Limit.NOT_NEUTRAL,
            Limit.NO_LEASE,
        }  # the latter on a machine so slow that it lapsed


async def test_letting_go_and_taking_hold_again_drives_on(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        scene.presenter.roads = frozenset()
        await scene.at_rest()
        scene.presenter.roads = BOTH_ROADS
        scene.presenter.let_go()
        await scene.presenter.get_lease()  # still held, or held anew: the dead-man counts again

        moving = await scene.drive_off()

        assert moving.speed_mps > 0.0


async def test_letting_go_stops_the_robot_and_is_no_fault(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        scene.presenter.let_go()
        await scene.at_rest()

        await scene.presenter.until("a lease at rest", lambda: scene.presenter.state is RobotState.LEASED)
        assert scene.presenter.holds_lease
