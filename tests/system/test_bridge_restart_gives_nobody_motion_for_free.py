"""Promise: a bridge that dies and comes back changes nothing for who drives peer to peer, and gives nobody motion."""

import pytest

from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import RobotState
from tests.system.scene import BRIDGE_ONLY, on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_direct_road_and_the_picture_outlive_the_bridge(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        rig.child("bridge").kill()
        frames = scene.presenter.frames
        await scene.drive_on(0.5)
        await scene.presenter.until("pictures without a bridge", lambda: scene.presenter.frames > frames + 15)

        rig.launch("bridge")
        await rig.until_ready()
        await scene.presenter.until("the room again", lambda: scene.presenter.connections > 1)
        assert scene.presenter.holds_lease


async def test_who_drove_over_the_bridge_stands_still_until_the_hand_has_let_go(rig: Rig) -> None:
    async with on_stage(rig, roads=BRIDGE_ONLY) as scene:
        await scene.drive_off()

        rig.child("bridge").kill()
        await scene.at_rest()
        rig.launch("bridge")
        await rig.until_ready()
        await scene.presenter.until("the room again", lambda: scene.presenter.robot_online, within_s=10)

        assert await stays_at_rest(rig.stage, for_s=1.0)  # the hand is on all the time


async def test_nobody_new_gets_the_lease_from_a_restarted_bridge(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await rig.restart("bridge", gently=False)

        async with person(rig, name="Newcomer") as newcomer:
            await newcomer.ask()

            assert not newcomer.holds_lease


async def test_a_stop_outlives_the_bridge(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await scene.staff.stop()

        await rig.restart("bridge", gently=False)
        await scene.staff.until("the room again", lambda: scene.staff.robot_online, within_s=10)

        await scene.staff.until("a robot that is still stopped", lambda: scene.staff.state is RobotState.STOPPED)
        assert await stays_at_rest(rig.stage, for_s=0.5)
