"""Promise: a hand-over, taken or offered, passes through standstill, and moves again only with a new hand."""

import asyncio
import itertools
import time

import pytest

from simulator.motion_trace import Tick, read_trace
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import Role, Verdict
from tests.system.scene import AROUND, on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

STILL_NS = 500 * NS_PER_MS


async def test_staff_take_the_lease_from_a_moving_robot_and_it_stands_first(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.staff.watch()
        await scene.drive_off()

        taken_ns = time.monotonic_ns()
        answer = await scene.staff.take()

        assert answer.verdict is not Verdict.REFUSED
        await scene.staff.until("the lease", lambda: scene.staff.holds_lease)
        assert await stays_at_rest(rig.stage, for_s=0.5)  # the presenter's hand is still on

        await scene.staff.get_lease()
        scene.staff.hold(AROUND)
        await scene.truth("a robot that staff drive", lambda seen: seen.speed_mps > 0.1)
        assert standstill_ns(await ticks_since(rig, taken_ns)) >= STILL_NS


async def test_an_offer_taken_by_another_presenter_passes_through_standstill(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, name="Next") as following:
        await scene.drive_off()
        before = await rig.stage.truth()

        await scene.presenter.offer(following.id)
        await following.until("the offer", lambda: following.is_offered)
        await following.accept()
        await following.until("the lease", lambda: following.holds_lease)

        after = await rig.stage.truth()
        assert after.still_for_ns is not None
        assert after.path_m > before.path_m  # it ramped to zero, it did not jump there
        await following.get_lease()
        following.hold(AROUND)
        await scene.truth("a robot that the next presenter drives", lambda seen: seen.speed_mps > 0.1)
        assert not scene.presenter.holds_lease


async def test_an_offer_declined_leaves_the_driver_driving(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, name="Next") as following:
        await scene.drive_off()

        await scene.presenter.offer(following.id)
        await following.until("the offer", lambda: following.is_offered)
        await following.decline()

        await scene.presenter.until("no offer any more", lambda: not following.is_offered)
        assert scene.presenter.holds_lease


async def test_two_takes_at_once_have_one_winner_and_a_standstill(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, Role.STAFF, name="Second staff") as other:
        await scene.drive_off()

        await asyncio.gather(scene.staff.take(), other.take())
        await scene.at_rest()
        await scene.presenter.until("a winner", lambda: scene.presenter.driver in {scene.staff.id, other.id})

        assert await stays_at_rest(rig.stage, for_s=0.3)
        assert [scene.staff.holds_lease, other.holds_lease].count(True) <= 1


async def test_staff_end_the_lease_and_the_robot_ramps_to_rest(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()

        await scene.staff.revoke()

        await scene.at_rest()
        await scene.presenter.until("no lease", lambda: scene.presenter.driver is None)
        assert await stays_at_rest(rig.stage, for_s=0.5)


async def ticks_since(rig: Rig, since_ns: int) -> list[Tick]:
    """Return the motion process's ticks since then; they are written a moment after they happen."""
    await asyncio.sleep(0.3)
    return [tick for tick in read_trace(rig.folder.motion_trace).ticks if tick.tick_ns >= since_ns]


def standstill_ns(ticks: list[Tick]) -> int:
    """Return for how long the driver was told to stand, the first time."""
    still = list(itertools.takewhile(lambda tick: tick.is_still, itertools.dropwhile(_moves, ticks)))
    return still[-1].tick_ns - still[0].tick_ns if still else 0


def _moves(tick: Tick) -> bool:
    return not tick.is_still
