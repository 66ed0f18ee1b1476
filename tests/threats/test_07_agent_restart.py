"""Threat 7: the agent, and the motion process with it, starts again. Expected: boots latched, with a new epoch."""

import pytest

from prove.people import ANNA
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Refusal, RobotState
from tests.threats.house import clear, driven, pass_time, put_in_force, refused

MEMORIES = pytest.mark.parametrize("remembers", [True, False], ids=["with its memory", "with its memory lost"])


def restarted(*, remembers: bool) -> World:
    """Return a house whose robot's processes died while Anna drove, and are back; her hand is still on."""
    world = driven()
    world.kill_agent()
    world.restart(remembers=remembers)
    world.revive_agent()
    return world


@MEMORIES
def test_it_boots_latched_in_a_new_epoch_and_the_hand_that_holds_on_moves_nothing(*, remembers: bool) -> None:
    before = driven().session.memory

    world = restarted(remembers=remembers)

    assert pass_time(world, 3000) == 0.0
    assert world.session.state is RobotState.STOPPED
    assert world.session.memory.epoch != before.epoch
    assert put_in_force(world) == 0


@MEMORIES
def test_commands_of_its_life_before_are_refused_by_their_epoch(*, remembers: bool) -> None:
    world = driven()
    old = [body for peer, body in world.past if peer == ANNA and body.startswith(b'{"type":"drive"')]
    world.restart(remembers=remembers)

    for body in old:
        world.hear(ANNA, body, m.Road.DIRECT)

    assert refused(world, Refusal.WRONG_EPOCH) == len(old)


def test_the_fence_goes_on_from_where_it_was() -> None:
    world = driven()
    fence = world.session.fence

    world.restart(remembers=True)

    assert world.session.fence > fence


@MEMORIES
def test_after_the_reset_it_still_waits_for_lease_neutral_and_dead_man(*, remembers: bool) -> None:
    world = restarted(remembers=remembers)
    anna = world.people[ANNA.id]
    pass_time(world, 1600)  # until the tab believes in the new life

    clear(world)
    assert pass_time(world, 1000) == 0.0
    anna.session.request(m.LeaseRequest(id=anna.session.new_id()), now_ns=world.now_ns)
    pass_time(world, 100)
    assert world.session.holder == ANNA.id
    assert pass_time(world, 1000) == 0.0
    anna.hold(Twist(0.3))
    assert pass_time(world, 1000) > 0.0
