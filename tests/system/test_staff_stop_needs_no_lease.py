"""Promise: STOP needs no lease and no role but being in the room; it latches, and only staff clear it, in two steps."""

import asyncio
import time

import pytest

from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from simulator.watching import rested_ns, stays_at_rest
from teleop_core.timebase import to_ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, Refusal, RobotState, Role, StopCause, Verdict
from tests.system.scene import AROUND, DIRECT_ONLY, clear, on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_staff_stop_a_robot_that_somebody_else_drives(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        sent_ns = time.monotonic_ns()

        acknowledged = await scene.staff.stop()
        resting = await scene.at_rest()

        assert acknowledged.state in {RobotState.STOPPING, RobotState.STOPPED}
        assert to_ms(rested_ns(resting) - sent_ns) < 1500  # the ramp from 0.4 m/s takes 400
        await scene.staff.until("the robot's word", lambda: scene.staff.latched_by is not None)
        assert scene.staff.latched_by is StopCause.PERSON


async def test_an_observer_stops_it_too(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, Role.OBSERVER, picture=Picture.UNSEEN) as observer:
        await scene.drive_off()

        await observer.stop()

        await scene.at_rest()
        await observer.until("a stopped robot", lambda: observer.state is RobotState.STOPPED)


async def test_the_presenter_stops_it_over_the_direct_road_alone(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        scene.presenter.roads = DIRECT_ONLY

        await scene.presenter.stop()

        await scene.at_rest()


async def test_it_stays_stopped_whatever_the_presenter_holds(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await scene.staff.stop()
        await scene.at_rest()

        scene.presenter.hold(AROUND)

        assert await stays_at_rest(rig.stage, for_s=1.0)


async def test_clearing_it_moves_nothing_and_takes_the_lease_away(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await scene.staff.stop()
        scene.presenter.hold(AROUND)
        await scene.at_rest()
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)

        await clear(scene.staff)

        assert await stays_at_rest(rig.stage, for_s=1.0)
        await scene.presenter.until("no lease", lambda: not scene.presenter.holds_lease)


async def test_a_presenter_cannot_clear_it(rig: Rig) -> None:
    async with on_stage(rig, cleared=False) as scene:
        answer = await scene.presenter.request(m.ResetPrepare(id=scene.presenter.session.new_id()))

        assert (answer.verdict, answer.refusal) == (Verdict.REFUSED, Refusal.ROLE)


async def test_one_step_or_a_wrong_code_does_not_clear_it(rig: Rig) -> None:
    async with on_stage(rig, cleared=False) as scene:
        await scene.staff.request(m.ResetPrepare(id=scene.staff.session.new_id()))
        answer = await scene.staff.request(m.ResetConfirm(id=scene.staff.session.new_id(), code="000"))

        assert answer.refusal is Refusal.WRONG_CODE
        assert scene.staff.state is RobotState.STOPPED


async def test_it_cannot_be_cleared_while_the_robot_still_moves(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        await scene.staff.stop()

        answer = await scene.staff.request(m.ResetPrepare(id=scene.staff.session.new_id()))

        assert answer.refusal is Refusal.MOVING


async def test_everybody_sees_who_stopped_it(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        await scene.staff.stop("somebody is in the way")

        await scene.presenter.until("the event", lambda: _newest_stop(scene.presenter) == scene.staff.id)


async def test_a_hundred_stops_at_once_do_no_harm(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        await asyncio.gather(*(scene.staff.stop(f"number {count}") for count in range(100)))

        await scene.at_rest()
        await scene.staff.until("a stopped robot", lambda: scene.staff.state is RobotState.STOPPED)
        await clear(scene.staff)


def _newest_stop(visitor: Presenter) -> str | None:
    stops = visitor.events(EventKind.STOPPED)
    return stops[-1].by if stops else None
