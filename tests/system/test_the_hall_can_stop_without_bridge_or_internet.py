"""Promise: a phone in the hall stops the robot through the robot's own page, with the bridge and the internet gone.

It cuts the power as well, where the robot can do that; nobody but the hall gives it back.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable

import pytest

from simulator.faults import Fault
from simulator.hall_phone import HallPhone
from simulator.rig import Rig
from simulator.stage_link import SetFault
from simulator.watching import rested_ns, stays_at_rest
from teleop_core.timebase import to_ms
from teleop_core.wire.messages import Refusal, RobotState, StopCause, StopLevel, Verdict
from tests.system.scene import FORWARD, Scene, clear, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def way_to_rest_m(scene: Scene, stopping: Awaitable[object]) -> float:
    """Stop at full speed; return the way from where the plant was last seen at that speed."""
    await scene.drive_on(0.3, FORWARD)
    cruising_m = 0.0
    stop = asyncio.ensure_future(stopping)
    while (seen := await scene.rig.stage.truth()).still_for_ns is None:
        if seen.speed_mps > 0.98 * FORWARD.vx_mps:
            cruising_m = seen.path_m
    await stop
    scene.presenter.let_go()
    return seen.path_m - cruising_m


def level_of(scene: Scene) -> StopLevel | None:
    status = scene.staff.session.status
    return None if status is None or status.latch is None else status.latch.level


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


async def test_cutting_the_power_stops_it_sooner_than_the_ramp(rig: Rig) -> None:
    ways_m = []
    for _ in range(3):  # the shortest of them is one that nobody was too busy to see
        async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page()) as phone:
            await phone.enter()
            ways_m.append(await way_to_rest_m(scene, phone.stop_sternly(StopLevel.CUT)))
            await phone.release()
    async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page()) as phone:
        await phone.enter()
        by_ramp_m = await way_to_rest_m(scene, phone.stop())

    assert min(ways_m) < by_ramp_m / 2


async def test_nobody_clears_it_before_the_hall_lets_the_power_return(rig: Rig) -> None:
    async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page()) as phone:
        await phone.enter()
        assert phone.hall is not None
        assert phone.hall.levels == (StopLevel.CUT,)
        await scene.drive_off()

        assert await phone.stop_sternly(StopLevel.CUT) is None
        await scene.at_rest()
        await scene.staff.until("the robot's word", lambda: level_of(scene) is StopLevel.CUT)
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)
        assert (await scene.staff.reset()).refusal is Refusal.ON_SITE
        await scene.staff.stop()  # a milder one takes nothing back
        assert (await scene.staff.reset()).refusal is Refusal.ON_SITE

        assert await phone.release() is None
        await scene.staff.until("the robot's word", lambda: level_of(scene) is StopLevel.SETTLE)
        assert scene.staff.state is RobotState.STOPPED
        assert scene.staff.latched_by is StopCause.PERSON
        assert await stays_at_rest(rig.stage, for_s=0.5)
        assert (await scene.staff.reset()).verdict is not Verdict.REFUSED
        await scene.presenter.get_lease()
        await scene.drive_off()


async def test_what_the_hall_cut_stays_cut_when_the_robots_own_processes_die(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        async with HallPhone.open(await rig.stop_page()) as phone:
            await phone.enter()
            await phone.stop_sternly(StopLevel.CUT)
        epoch = scene.staff.epoch
        rig.signal_motion(signal.SIGKILL)
        await scene.staff.until("a new motion process", lambda: scene.staff.epoch not in {None, epoch}, within_s=20.0)
        epoch = scene.staff.epoch
        await rig.restart("robot", gently=False)
        await scene.staff.until("a new agent", lambda: scene.staff.epoch not in {None, epoch}, within_s=20.0)

        await scene.staff.until("the robot's word", lambda: level_of(scene) is StopLevel.CUT)
        assert (await scene.staff.reset()).refusal is Refusal.ON_SITE

        async with HallPhone.open(await rig.stop_page()) as phone:
            await phone.enter()
            assert phone.level is StopLevel.CUT
            await phone.release()
        await clear(scene.staff)


async def test_a_robot_that_heeds_no_stop_is_stopped_by_cutting_its_power_without_a_bridge(rig: Rig) -> None:
    try:
        async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page()) as phone:
            await phone.enter()
            await rig.stage.ask(SetFault(Fault.RUNAWAY, on=True))
            rig.child("bridge").kill()
            await phone.stop()
            await scene.truth("a robot that runs on", lambda seen: seen.path_m > 0.1)
            assert not await stays_at_rest(rig.stage, for_s=0.5)

            await phone.stop_sternly(StopLevel.CUT)

            await scene.at_rest()
            assert await stays_at_rest(rig.stage, for_s=0.5)
            await rig.stage.ask(SetFault(Fault.RUNAWAY, on=False))
            await phone.release()
            assert await stays_at_rest(rig.stage, for_s=0.5)
            await rig.mend()
            await clear(scene.staff, within_s=20.0)
    finally:
        await rig.stage.ask(SetFault(Fault.RUNAWAY, on=False))
        await rig.mend()


async def test_a_stranger_without_the_pin_stops_nothing(rig: Rig) -> None:
    async with on_stage(rig) as scene, HallPhone.open(await rig.stop_page(), pin="000000") as stranger:
        await stranger.connection.wait_closed()
        moving = await scene.drive_off()

        assert moving.speed_mps > 0
        assert stranger.entered is None
        assert stranger.refused is not None
