"""The virtual house of `prove.world` with a robot that somebody drives: what most threats come into.

The referee watches every tick: each test that plays here shows all invariants of the design besides its own sentence.
"""

import random
from collections.abc import Callable
from typing import Final

from prove.people import STAFF, Person
from prove.phases import Phase, bring_to
from prove.world import Stage, World
from simulator.network.way import Way, Weather
from teleop_core.geometry import Twist
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, Refusal

FULL_MPS: Final = 0.6
TICK_NS: Final = ms(20)
TCP: Final = Weather(delay_ns=0, ordered=True)  # loses nothing: what waited arrives late, all of it
AS_USUAL: Final = Stage()


def driven(stage: Stage = AS_USUAL, *, speed_mps: float = FULL_MPS) -> World:
    """Return a house in which Anna drives straight on, as fast as asked, over perfect roads."""
    world = World(random.Random(7), stage)
    bring_to(world, Phase.DRIVING_FULL, speed_mps=speed_mps)
    assert world.told == Twist(speed_mps)
    return world


def pass_time(world: World, for_ms: float, doing: Callable[[], object] = lambda: None) -> float:
    """Let time pass, tick by tick, `doing` something before each; return the way made, in metres."""
    way_m = 0.0
    for _ in range(round(for_ms / 20)):
        doing()
        world.tick(TICK_NS)
        way_m += world.told.speed_mps * 0.02
    return way_m


def ride_out(world: World, doing: Callable[[], object] = lambda: None) -> tuple[int, float]:
    """Let time pass until the robot is told to stand; return how long that took, in ns, and the way made, in metres."""
    began_ns, way_m = world.now_ns, 0.0
    while not world.told.is_still():
        way_m += pass_time(world, 20, doing)
        assert world.now_ns - began_ns < ms(5000), "it does not stop"
    return world.now_ns - began_ns, way_m


def cut(*ways: Way[bytes]) -> None:
    """Lose whatever travels there from now on."""
    for way in ways:
        way.is_cut = True


def mend(*ways: Way[bytes]) -> None:
    """Let it travel again."""
    for way in ways:
        way.is_cut = False


def uplinks(each: Person) -> tuple[Way[bytes], Way[bytes]]:
    """Return both roads from somebody to the robot."""
    return each.up_bridge, each.up_direct


def put_in_force(world: World) -> int:
    """Return how many drive commands the robot has obeyed in this life."""
    return sum(world.session._driving.won.values())


def refused(world: World, why: Refusal) -> int:
    """Return how many frames the robot has refused for this reason in this life."""
    return world.session.refused.get(why.value, 0)


def limit(world: World) -> Limit:
    """Return what limits the motion, as of the last tick."""
    assert world.referee.told is not None
    return world.referee.told.limit


def command(world: World, *, vx_mps: float = 0.5, dead_man: bool = True, seq: int = 2**40) -> m.Drive:
    """Return a command with the epoch and fence in force that knows all there is to know now."""
    return m.Drive(
        epoch=world.session.memory.epoch,
        fence=world.session.fence,
        seq=seq,
        dead_man=dead_man,
        vx_mps=vx_mps,
        vy_mps=0.0,
        wz_radps=0.0,
        beacon=max(world.referee.beacons_ns),
        picture=list(world.referee.pictures_ns)[-1],
    )


def grab_anew(world: World, each: Person, *, speed_mps: float = 0.4) -> None:
    """Let go for long enough, then hold the dead-man again."""
    each.let_go()
    pass_time(world, 500)
    each.hold(Twist(speed_mps))
    pass_time(world, 200)


def clear(world: World, doing: Callable[[], object] = lambda: None) -> None:
    """Have staff clear the latch in two steps, `doing` something before each tick meanwhile."""
    for _ in range(500):
        if not world.session.is_latched:
            return
        world.people[STAFF.id].keep_it_clear(now_ns=world.now_ns)
        pass_time(world, 20, doing)
    raise AssertionError("staff cannot clear the latch")
