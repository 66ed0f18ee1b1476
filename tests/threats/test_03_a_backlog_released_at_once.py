"""Threat 3: five seconds of commands wait somewhere and arrive at once. Expected: none of them is applied."""

import pytest

from prove.people import ANNA
from prove.world import Agent, Stage, World
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import Road
from tests.threats.house import TCP, cut, driven, pass_time, put_in_force, uplinks

BACKLOG_NS = seconds(5)
LAST_WORDS_MS = 400  # commands younger than this are no backlog


def with_backlog(timing: Timing, road: Road) -> World:
    """Return a house in which all that Anna says waits on a road that loses nothing, and she has fallen silent."""
    world = driven(Stage(timing=timing))
    anna = world.people[ANNA.id]
    waits, other = (anna.up_bridge, anna.up_direct) if road is Road.BRIDGE else (anna.up_direct, anna.up_bridge)
    cut(other)
    waits.weather = TCP
    waits.dark_until_ns = world.now_ns + BACKLOG_NS
    pass_time(world, BACKLOG_NS / ms(1) - LAST_WORDS_MS)
    anna.is_frozen = True
    pass_time(world, LAST_WORDS_MS - 20)
    assert world.told.is_still()
    return world


@pytest.mark.parametrize("road", [Road.BRIDGE, Road.DIRECT], ids=lambda road: road.value)
@pytest.mark.parametrize(
    "timing",
    [Timing(), Timing(lease_life_ns=seconds(3600))],
    ids=["as designed", "even if the lease had outlived it"],
)
def test_none_is_applied(timing: Timing, road: Road) -> None:
    world = with_backlog(timing, road)
    before = put_in_force(world)

    way_m = pass_time(world, 1000)

    assert way_m == 0.0
    assert put_in_force(world) == before
    assert sum(world.session.refused.values()) > 0  # it did arrive


def test_a_hand_that_held_on_all_the_time_moves_nothing_either() -> None:
    world = driven(Stage(timing=Timing(lease_life_ns=seconds(3600))))
    for way in uplinks(world.people[ANNA.id]):
        way.weather = TCP
        way.dark_until_ns = world.now_ns + BACKLOG_NS
    pass_time(world, BACKLOG_NS / ms(1))
    assert world.told.is_still()

    assert pass_time(world, 2000) == 0.0


def test_a_backlog_inside_the_robots_own_agent_is_refused_as_well() -> None:
    world = driven(Stage(timing=Timing(lease_life_ns=seconds(3600))))
    anna = world.people[ANNA.id]
    world.agent = Agent.FROZEN
    pass_time(world, 1000)
    anna.is_frozen = True
    pass_time(world, 500)
    before = put_in_force(world)

    world.agent = Agent.ALIVE

    assert pass_time(world, 1000) == 0.0
    assert put_in_force(world) == before
    assert world.session.is_latched  # it was silent for more than 500 ms
