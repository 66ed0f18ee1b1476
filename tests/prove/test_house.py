"""One house at a time: what is frozen, killed or cut off in it really is, and the shells do what they promise."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from prove.clock import run_virtually
from prove.shells.house import House
from prove.shells.runs import logs_to
from robot_agent.bridge_link import LONGEST_DELAY_S
from teleop_core.wire import messages as m

T = TypeVar("T")
RAMP_S = 0.9  # from full speed, with a tick and the driver's own time limit


def play(body: Callable[[House], Awaitable[T]], *, direct: bool = True) -> T:
    """Let `body` happen to a house of which everybody means well, once somebody drives there at full speed."""

    async def in_a_house() -> T:
        house = House(random.Random(2), tell=lambda _: None)
        for tab in house.tabs:
            tab.will = 0.0
            tab.person.has_direct = direct
            tab.person.speed_mps, tab.person.turn_radps = 0.5, 0.0
        try:
            house.open()
            assert await house.pass_time(5, until=lambda: speed_of(house) > 0.45)
            return await body(house)
        finally:
            await house.close()

    with logs_to(None):
        return run_virtually(in_a_house())


def speed_of(house: House) -> float:
    return house.agent.cabin.body.twist.speed_mps


async def slowest_of(house: House, seconds: float) -> float:
    """Return the lowest speed within the next `seconds`."""
    slowest = speed_of(house)
    for _ in range(round(seconds / 0.02)):
        await house.pass_time(0.02)
        slowest = min(slowest, speed_of(house))
    return slowest


def status_of(house: House) -> m.Status:
    status = house.tabs[0].person.session.status
    assert status is not None
    return status


def test_a_driver_with_a_fresh_road_of_its_own_goes_on_without_a_bridge() -> None:
    async def body(house: House) -> float:
        house.bridge.kill()
        return await slowest_of(house, 5)

    assert play(body) > 0.4


def test_a_driver_without_one_stands_soon() -> None:
    async def body(house: House) -> tuple[float, bool]:
        house.bridge.kill()
        await house.pass_time(0.25 + RAMP_S)
        return speed_of(house), status_of(house).latch is not None

    assert play(body, direct=False) == (0.0, False)


def test_an_agent_that_is_frozen_leaves_a_robot_that_stands_and_latches() -> None:
    async def body(house: House) -> tuple[float, m.StopCause | None]:
        house.agent.freeze()
        await house.pass_time(0.1 + RAMP_S)
        speed = speed_of(house)
        house.agent.thaw()
        await house.pass_time(0.2)
        latch = status_of(house).latch
        return speed, None if latch is None else latch.cause

    assert play(body) == (0.0, m.StopCause.AGENT_SILENT)


def test_an_agent_that_is_killed_takes_its_motion_process_with_it() -> None:
    async def body(house: House) -> tuple[bool, float, bool]:
        motion = house.agent.motion
        assert motion is not None
        house.agent.kill()
        still_there = motion.is_alive
        await house.pass_time(2)
        return still_there, speed_of(house), motion.is_alive

    assert play(body) == (True, 0.0, False)


def test_a_motion_process_that_is_killed_comes_back_latched_with_a_higher_fence() -> None:
    async def body(house: House) -> None:
        before = status_of(house)
        house.kill_motion()
        assert speed_of(house) > 0.4  # until the driver's own time limit
        await house.pass_time(0.26)
        assert speed_of(house) == 0.0
        assert status_of(house).latch is not None
        await house.pass_time(1, until=lambda: status_of(house).epoch != before.epoch)
        assert status_of(house).state is m.RobotState.STOPPED
        assert status_of(house).fence > before.fence

    play(body)


def test_a_full_disk_stops_the_robot_when_something_must_be_kept() -> None:
    async def body(house: House) -> m.StopCause | None:
        house.agent.cabin.platter.is_full = True
        house.tabs[0].person.session.request(
            m.LeaseReturn(id=house.tabs[0].person.session.new_id(), fence=status_of(house).fence),
            now_ns=house.loop.now_ns,
        )
        await house.pass_time(1)
        latch = status_of(house).latch
        return None if latch is None else latch.cause

    assert play(body) is m.StopCause.LOCAL


def test_a_bridge_that_stays_away_is_dialled_ever_more_seldom() -> None:
    async def body(house: House) -> tuple[int, int]:
        house.agent.dice.share = house.judge.link.dice_share = 0.999
        house.bridge.kill()
        before = house.judge.link.dials
        await house.pass_time(7)
        early = house.judge.link.dials - before
        await house.pass_time(4 * LONGEST_DELAY_S)
        return early, house.judge.link.dials - before - early

    early, late = play(body)

    assert early == 5  # after 0.2, 0.4, 0.8, 1.6 and 3.2 s
    assert late == 4


def test_a_house_can_be_closed_whatever_it_does() -> None:
    async def body(house: House) -> int:
        house.agent.freeze()
        house.bridge.drain()
        await asyncio.sleep(0.5)
        return house.told.boots

    assert play(body) == 1
