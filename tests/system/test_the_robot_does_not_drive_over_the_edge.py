"""Promise: a robot that knows where its stage ends stands before it, however long somebody pushes on."""

import asyncio
import math
import time

import pytest

from simulator.layout import ROBOT_RADIUS_M, StageLayout
from simulator.rig import KEEP_OFF_M, Rig
from simulator.stage_link import Truth
from simulator.watching import stays_at_rest
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.geometry import Twist
from teleop_core.wire.messages import Limit, RobotState, StopCause
from tests.system.scene import BACK, Scene, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOOR = StageLayout().floor
KEPT = FLOOR.inset(KEEP_OFF_M)
RULES = EdgeRules(area=StageArea(KEPT.corners))
PUSH = Twist(vx_mps=0.6)
STANDS_MPS = 0.002  # it comes ever closer to its edge, and never quite to it
DRIFT_M = 0.05  # more than the odometry is off after a metre
PUSHED_ON_S = 3.0
BESIDE_THE_WING_M = 1.7  # where nobody walks, and the lectern is behind
OUT = {"the front": (KEPT.x_max_m - 1.0, 0.0, 0.0), "the side": (BESIDE_THE_WING_M, KEPT.y_max_m - 1.0, math.pi / 2)}


async def push_until_it_stands(scene: Scene, *, within_s: float = 30.0) -> Truth:
    """Push as a person does, who lets go where the robot holds; return how it stands at the edge."""
    deadline = time.monotonic() + within_s
    scene.presenter.hold(PUSH)
    while True:
        seen = await scene.rig.stage.truth()
        if scene.presenter.limit is Limit.EDGE and seen.speed_mps < STANDS_MPS:
            return seen
        assert scene.presenter.latched_by is None, scene.presenter.last_seen()
        assert time.monotonic() < deadline, scene.presenter.last_seen()
        if scene.presenter.state is RobotState.HOLD:
            await scene.presenter.rearm()
            scene.presenter.hold(PUSH)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("way", OUT)
async def test_a_hand_that_pushes_forward_for_ever_does_not_get_it_over_the_edge(rig: Rig, way: str) -> None:
    async with on_stage(rig) as scene:
        await rig.stage.place(*OUT[way])
        await push_until_it_stands(scene)

        await asyncio.sleep(PUSHED_ON_S)  # the hand is on all the time

        seen = await push_until_it_stands(scene)
        assert not seen.fallen
        assert scene.presenter.latched_by is None
        assert KEPT.inset(-DRIFT_M).contains(seen.pose.x_m, seen.pose.y_m)
        assert FLOOR.inset(ROBOT_RADIUS_M).contains(seen.pose.x_m, seen.pose.y_m)
        assert not KEPT.inset(RULES.margin_m + DRIFT_M).contains(seen.pose.x_m, seen.pose.y_m)  # it got there


async def test_from_the_edge_it_drives_back_as_before(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await rig.stage.place(*OUT["the front"])
        await push_until_it_stands(scene)

        await scene.drive_on(0.6, BACK)

        assert scene.presenter.latched_by is None


async def test_carried_beyond_it_latches_and_drives_back_in_and_no_farther_out(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await rig.stage.place(KEPT.x_max_m + 0.2, 0.0)
        await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is StopCause.EDGE)

        assert (await scene.staff.reset()).refusal is None
        await scene.presenter.get_lease()
        scene.presenter.hold(PUSH)
        await scene.presenter.until("a limit", lambda: scene.presenter.limit is Limit.EDGE)
        assert await stays_at_rest(rig.stage, for_s=0.5)  # outwards

        returning = await scene.drive_on(0.1, BACK)

        assert returning.pose.x_m < KEPT.x_max_m + 0.2
        assert returning.speed_mps < RULES.return_speed_mps + 0.05
