"""Threat 4: commands come twice, out of order, or again from another session. Expected: none of those is applied."""

from prove.faults import ALL_TWICE, OUT_OF_ORDER
from prove.people import ANNA, BO
from prove.world import Stage, World
from teleop_core.timebase import seconds
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Refusal, Road
from tests.threats.house import clear, driven, pass_time, put_in_force, refused

DRIVE = b'{"type":"drive"'


def said_by_anna(world: World) -> list[bytes]:
    """Return every command that Anna has sent so far."""
    return [body for peer, body in world.past if peer == ANNA and body.startswith(DRIVE)]


def say_again(world: World, bodies: list[bytes], *, peer: m.Peer = ANNA) -> None:
    """Let the robot hear them over both roads, now."""
    for body in bodies:
        world.hear(peer, body, Road.DIRECT)
        world.hear(peer, body, Road.BRIDGE)


def test_what_comes_twice_counts_once_and_drives_no_farther() -> None:
    world = driven()
    said, obeyed = len(said_by_anna(world)), put_in_force(world)

    world.set_weather(ALL_TWICE)
    way_m = pass_time(world, 2000)

    assert put_in_force(world) - obeyed <= len(said_by_anna(world)) - said
    assert way_m <= 0.6 * 2.0 + 1e-9


def test_an_older_command_never_replaces_a_newer_one() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    world.set_weather(OUT_OF_ORDER)
    pass_time(world, 400)

    anna.let_go()
    pass_time(world, 1000)  # whatever was still under way has come by now

    assert world.told.is_still()


def test_a_recorded_drive_played_again_in_the_same_lease_moves_nothing() -> None:
    world = driven()
    recorded = said_by_anna(world)
    world.people[ANNA.id].let_go()
    pass_time(world, 1000)
    before = put_in_force(world)

    say_again(world, recorded)

    assert put_in_force(world) == before
    assert pass_time(world, 500) == 0.0
    assert refused(world, Refusal.REPLAYED) >= 2 * len(recorded)


def test_a_recorded_drive_of_an_earlier_lease_moves_nothing() -> None:
    world = driven(Stage(timing=Timing(echo_hold_ns=seconds(3600))))  # young enough for ever: the fence alone decides
    recorded = said_by_anna(world)
    world.people[BO.id].session.stop(now_ns=world.now_ns)
    world.people[ANNA.id].let_go()
    pass_time(world, 1000)
    clear(world)
    anna = world.people[ANNA.id].session
    anna.request(m.LeaseRequest(id=anna.new_id()), now_ns=world.now_ns)
    pass_time(world, 1000)
    assert world.session.holder == ANNA.id
    before = put_in_force(world)

    say_again(world, recorded)

    assert put_in_force(world) == before
    assert refused(world, Refusal.WRONG_FENCE) == 2 * len(recorded)


def test_a_recorded_drive_of_an_earlier_life_of_the_robot_moves_nothing() -> None:
    world = driven()
    recorded = said_by_anna(world)
    world.restart(remembers=True)

    say_again(world, recorded)

    assert put_in_force(world) == 0
    assert refused(world, Refusal.WRONG_EPOCH) == 2 * len(recorded)


def test_somebody_elses_recorded_drive_moves_nothing() -> None:
    world = driven()
    recorded = said_by_anna(world)
    before = put_in_force(world)

    say_again(world, recorded, peer=BO)

    assert put_in_force(world) == before
    assert refused(world, Refusal.NOT_HOLDER) == 2 * len(recorded)
