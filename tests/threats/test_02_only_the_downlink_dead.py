"""Threat 2: commands still arrive, but their sender hears nothing. Expected: the echoes age, and the robot stops."""

from prove.people import ANNA
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, Refusal
from tests.threats.house import cut, driven, grab_anew, limit, mend, pass_time, refused, ride_out

WITHIN_NS = ms(400 + 50 + 20 + 600)  # the oldest echo, a beacon's period, a tick, the ramp


def test_commands_that_go_on_arriving_stop_counting() -> None:
    world = driven()
    anna = world.people[ANNA.id]

    cut(anna.down_bridge, anna.down_direct)
    took_ns, _ = ride_out(world)

    assert took_ns <= WITHIN_NS
    assert limit(world) is Limit.ECHO_AGE
    assert refused(world, Refusal.STALE) > 10  # they came all the time


def test_a_picture_that_is_still_seen_does_not_help() -> None:
    world = driven()
    anna = world.people[ANNA.id]

    cut(anna.down_bridge, anna.down_direct)
    ride_out(world)

    assert pass_time(world, 1000) == 0.0
    assert not anna.sight.is_cut


def test_words_that_come_back_move_nothing_until_the_hand_has_let_go() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    cut(anna.down_bridge, anna.down_direct)
    ride_out(world)

    mend(anna.down_bridge, anna.down_direct)

    assert pass_time(world, 1000) == 0.0
    grab_anew(world, anna)
    assert world.told.vx_mps > 0.0
