"""Promise: a phone in the hall stops the robot through the robot's own page, with the bridge and the internet gone."""

import time

import pytest

from simulator.hall_phone import HallPhone
from simulator.rig import Rig
from simulator.watching import rested_ns, stays_at_rest
from teleop_core.timebase import to_ms
from teleop_core.wire.messages import RobotState, StopCause
from tests.system.scene import on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_phone_stops_what_somebody_drives_peer_to_peer(rig: Rig) -> None:
    link = await rig.stop_page()
    try:
        async with on_stage(rig) as scene, HallPhone.open(link) as phone:
            await phone.enter()
            await scene.drive_off()
            rig.child("bridge").kill()
            path_m = (await rig.stage.truth()).path_m
            await scene.truth("a robot that drives on without a bridge", lambda seen: seen.path_m > path_m + 0.2)
            await scene.drive_off()
            pressed_ns = time.monotonic_ns()

            answer = await phone.stop()
            resting = await scene.at_rest()

            assert answer.state in {RobotState.STOPPING, RobotState.STOPPED}
            assert to_ms(rested_ns(resting) - pressed_ns) < 1500  # the ramp from 0.4 m/s takes 400
            assert await stays_at_rest(rig.stage, for_s=1.0)  # the hand is on all the time
            await scene.presenter.until("the robot's word", lambda: scene.presenter.latched_by is StopCause.PERSON)
            assert phone.hall is not None
            assert phone.hall.latch is not None
            assert (phone.hall.latch.by or "").startswith("hall-")
            assert not phone.hall.bridge_up
    finally:
        await rig.mend()


async def test_a_phone_comes_in_and_stops_after_the_bridge_is_gone(rig: Rig) -> None:
    try:
        async with on_stage(rig) as scene:
            await scene.drive_off()
            rig.child("bridge").kill()
            await scene.drive_off()

            async with HallPhone.open(await rig.stop_page()) as phone:
                await phone.enter()
                await phone.stop()

            await scene.at_rest()
            assert await stays_at_rest(rig.stage, for_s=0.5)
    finally:
        await rig.mend()


async def test_a_stranger_without_the_pin_stops_nothing(rig: Rig) -> None:
    async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page(), pin="000000") as stranger:
        await stranger.connection.wait_closed()
        moving = await scene.drive_off()

        assert moving.speed_mps > 0
        assert stranger.entered is None
        assert stranger.refused is not None
