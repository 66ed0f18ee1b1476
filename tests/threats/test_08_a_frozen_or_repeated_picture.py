"""Threat 8: the picture freezes, or repeats, while control is healthy. Expected: slow first, then hold."""

from collections.abc import Callable

import pytest

from prove.people import ANNA
from prove.world import World
from simulator.faults import Fault
from simulator.rig import Rig
from simulator.stage_link import SetFault
from simulator.watching import stays_at_rest
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit
from tests.system.scene import on_stage
from tests.threats.house import cut, driven, grab_anew, limit, mend, pass_time, ride_out

HOLD_NS = ms(700)
A_TICK_NS = ms(20)
CAMERA_STAMPS_NS = ms(30)  # how old a picture may be already when the house shows it


def camera_stops(world: World) -> None:
    world.camera_alive = False


def screen_stops(world: World) -> None:
    cut(world.people[ANNA.id].sight)


FREEZES = pytest.mark.parametrize("freezes", [camera_stops, screen_stops], ids=["the camera", "the road to the screen"])


@FREEZES
def test_it_slows_down_and_then_holds_at_the_age_of_the_design(freezes: Callable[[World], None]) -> None:
    world = driven()
    seen: dict[Limit, int] = {}

    freezes(world)
    began_ns = world.now_ns
    while limit(world) is not Limit.PICTURE_AGE:
        pass_time(world, 20)
        seen.setdefault(limit(world), world.now_ns - began_ns)

    assert list(seen)[-2:] == [Limit.LOOP_DELAY, Limit.PICTURE_AGE]
    assert HOLD_NS - CAMERA_STAMPS_NS <= seen[Limit.PICTURE_AGE] + A_TICK_NS <= HOLD_NS + 2 * A_TICK_NS
    assert world.told.vx_mps < 0.45  # it had slowed by then, and did not brake from full speed
    ride_out(world)


@FREEZES
def test_however_long_the_hand_holds_on_it_stands(freezes: Callable[[World], None]) -> None:
    world = driven()

    freezes(world)
    ride_out(world)

    assert pass_time(world, 3000) == 0.0
    assert world.session.holder == ANNA.id  # control was healthy all the time


def test_pictures_that_come_back_move_nothing_until_the_hand_has_let_go() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    cut(anna.sight)
    ride_out(world)

    mend(anna.sight)

    assert pass_time(world, 1000) == 0.0
    grab_anew(world, anna)
    assert world.told.vx_mps > 0.0


@pytest.mark.asyncio(loop_scope="session")
async def test_a_camera_that_repeats_its_last_picture_with_a_fresh_stamp_each_time_is_seen_through(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        frames = scene.presenter.frames

        await rig.stage.ask(SetFault(Fault.CAMERA_REPEATS, on=True))
        try:
            await scene.at_rest()
            assert await stays_at_rest(rig.stage, for_s=0.5)  # the hand is on all the time
            assert scene.presenter.frames > frames  # pictures go on arriving
            assert {Limit.LOOP_DELAY, Limit.PICTURE_AGE} <= {each.limit for each in scene.presenter.telemetry_log}
        finally:
            await rig.stage.ask(SetFault(Fault.CAMERA_REPEATS, on=False))
