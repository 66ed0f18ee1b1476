"""What can fail around a robot, each as a switch: `begin` returns what `end` needs to put it right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prove.foul import require
from prove.hostile import disturb
from prove.people import ANNA, BO, GUEST, STAFF, Person
from prove.world import Agent, Odometry, World
from simulator.network.way import Way, Weather
from teleop_core.timebase import ms
from teleop_core.wire import messages as m

EVERYTHING_TOO_LATE: Final = Weather(delay_ns=ms(600))
OUT_OF_ORDER: Final = Weather(delay_ns=ms(5), jitter_ns=ms(300))
HALF_LOST: Final = Weather(delay_ns=ms(20), jitter_ns=ms(10), loss=0.5)
ALL_TWICE: Final = Weather(delay_ns=ms(10), jitter_ns=ms(60), copies=1.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that fails. A fault that is over at once needs no `end`."""

    name: str
    begin: Callable[[World], object]
    end: Callable[[World, object], None]


def _nothing(_world: World, _what: object) -> None:
    """Leave it: it was over at once."""


def _driver(world: World) -> Person:
    """Return who drives, or Anna."""
    return world.people.get(world.session.holder or "", world.people[ANNA.id])


# --- Roads ---


def _cut(pick: Callable[[Person], tuple[Way[bytes], ...]]) -> Callable[[World], object]:
    def begin(world: World) -> object:
        ways = pick(_driver(world))
        for way in ways:
            way.is_cut = True
        return ways

    return begin


def _mend(world: World, what: object) -> None:
    """Mend the roads; whose road through the bridge was cut comes in anew, as after any broken connection."""
    ways = {id(way) for way in what} if isinstance(what, tuple) else set()
    for each in world.people.values():
        for way in each.ways:
            if id(way) in ways:
                way.is_cut = False
        if each.is_here and ways & {id(each.up_bridge), id(each.down_bridge)}:
            world.seat(each)


def _dark(pick: Callable[[Person], tuple[Way[bytes], ...]], for_ns: int) -> Callable[[World], object]:
    def begin(world: World) -> object:
        for way in pick(_driver(world)):
            way.dark_until_ns = world.now_ns + for_ns
        return None

    return begin


def _weather(weather: Weather) -> Callable[[World], object]:
    def begin(world: World) -> object:
        world.set_weather(weather)
        return None

    return begin


def _fair(world: World, _what: object) -> None:
    world.set_weather(Weather())


# --- People ---


def _tab_freezes(world: World) -> object:
    each = _driver(world)
    each.is_frozen = True
    return each


def _tab_wakes(_world: World, what: object) -> None:
    if isinstance(what, Person):
        what.is_frozen = False


def _tab_closes(world: World) -> object:
    each = _driver(world)
    world.leave(each)
    return each


def _tab_is_back(world: World, what: object) -> None:
    if isinstance(what, Person) and not what.is_here:
        world.seat(what)


def _is_sent_off(world: World) -> object:
    """Revoke the driver's invite."""
    each = _driver(world)
    if world.room is not None:
        world.room.send_off(lambda peer: peer.id == each.peer.id, m.CloseCode.BAD_CREDENTIAL, "the invite was revoked")
        world.leave(each)
    return each


def _tab_comes_in_twice(world: World) -> object:
    world.seat(_driver(world))
    return None


def _stops(who: m.Peer) -> Callable[[World], object]:
    def begin(world: World) -> object:
        world.people.get(who.id, world.people[STAFF.id]).session.stop(now_ns=world.now_ns)
        return None

    return begin


def _everybody_stops(world: World) -> object:
    for each in world.people.values():
        each.session.stop(now_ns=world.now_ns)
    return None


def _asks(request: Callable[[str, World], m.RequestMessage], who: m.Peer = STAFF) -> Callable[[World], object]:
    def begin(world: World) -> object:
        session = world.people.get(who.id, world.people[STAFF.id]).session
        session.request(request(session.new_id(), world), now_ns=world.now_ns)
        return None

    return begin


def _mutes_driver(some_id: str, world: World) -> m.RequestMessage:
    return m.Mute(id=some_id, peer=_driver(world).peer.id, muted=True)


def _two_take_at_once(world: World) -> object:
    staff, other = world.people[STAFF.id].session, world.people.get(BO.id, world.people[ANNA.id]).session
    staff.request(m.LeaseTake(id=staff.new_id()), now_ns=world.now_ns)
    other.request(m.LeaseRequest(id=other.new_id()), now_ns=world.now_ns)
    staff.request(m.LeaseOffer(id=staff.new_id(), to=ANNA.id), now_ns=world.now_ns)
    return None


def _hostile(times: int) -> Callable[[World], object]:
    def begin(world: World) -> object:
        for _ in range(times):
            disturb(world, world.rng)
        return None

    return begin


def _all_is_said_again(world: World) -> object:
    for peer, body in world.past[-60:]:
        world.hear(peer, body, m.Road.DIRECT)
        world.hear(peer, body, m.Road.BRIDGE)
    return None


# --- Machines ---


def _set(name: str, broken: object, whole: object) -> tuple[Callable[[World], object], Callable[[World, object], None]]:
    def begin(world: World) -> object:
        setattr(world, name, broken)
        return None

    def end(world: World, _what: object) -> None:
        setattr(world, name, whole)

    return begin, end


def _bridge_dies(world: World) -> object:
    world.close_bridge()
    return None


def _bridge_is_back(world: World, _what: object) -> None:
    if world.room is None:
        world.open_bridge()
        if world.agent is Agent.DEAD:
            world.kill_agent()


def _bridge_restarts(world: World) -> object:
    world.close_bridge()
    _bridge_is_back(world, None)
    return None


def _bridge_forgets_people(world: World) -> object:
    for each in world.people.values():
        if each.seat is not None and world.room is not None:
            world.room.leave(each.seat, now_unix_ms=0)
            each.seat = None
    return None


def _people_are_back(world: World, _what: object) -> None:
    for each in world.people.values():
        if each.seat is None and each.is_here:
            world.seat(each)


def _agent_dies(world: World) -> object:
    world.kill_agent()
    return None


def _agent_is_back(world: World, _what: object) -> None:
    world.revive_agent()


def _agent_restarts(world: World) -> object:
    world.kill_agent()
    world.revive_agent()
    return None


def _agent_hiccups(world: World) -> object:
    world.agent, was = Agent.FROZEN, world.agent
    for _ in range(3):
        world.tick(ms(45))
    world.agent = was
    return None


def _bridge_dies_as_the_lease_comes_back(world: World) -> object:
    each = _driver(world)
    world.close_bridge()
    each.let_go()
    returned = m.LeaseReturn(id=each.session.new_id(), fence=world.session.fence)
    each.session.request(returned, now_ns=world.now_ns)
    for heir in world.people.values():
        heir.session.request(m.LeaseRequest(id=heir.session.new_id()), now_ns=world.now_ns)
    return None


def _motion_restarts(*, remembers: bool) -> Callable[[World], object]:
    def begin(world: World) -> object:
        world.restart(remembers=remembers)
        return None

    return begin


def _loop_stalls(for_ns: int) -> Callable[[World], object]:
    def begin(world: World) -> object:
        world.tick(for_ns)
        return None

    return begin


def _wall_clock_jumps(world: World) -> object:
    world.session.set_wall_clock(int((world.rng.random() - 0.5) * 10**18))
    return None


def _stops_itself(cause: m.StopCause) -> Callable[[World], object]:
    def begin(world: World) -> object:
        world.session.stop(cause, detail="a cause of the robot's own", now_ns=world.now_ns)
        world.referee.look(now_ns=world.now_ns)
        require(world.session.is_latched, "a cause of the robot's own did not latch")
        return None

    return begin


def _staff_look_away(world: World) -> object:
    world.people[STAFF.id].session.look(looks=False)
    return None


def _staff_look_again(world: World, _what: object) -> None:
    world.people[STAFF.id].session.look(looks=True)


def _is_cut_on_site(world: World) -> object:
    world.cut_on_site(on=True)
    return None


def _is_released(world: World, _what: object) -> None:
    world.cut_on_site(on=False)


def _gesture_hangs(world: World) -> object:
    world.body.hangs = True
    driver = _driver(world)
    driver.let_go()
    driver.begin_gesture("wave", now_ns=world.now_ns)
    return None


def _gesture_goes_on(world: World, _what: object) -> None:
    world.body.hangs = False


def _is_pushed(world: World) -> object:
    world.push(world.rng.uniform(-0.6, 0.6), world.rng.uniform(-0.6, 0.6))
    return None


FAULTS: Final = (
    Fault("the driver's whole link is cut", _cut(lambda each: each.ways), _mend),
    Fault("only the uplink is cut", _cut(lambda each: (each.up_bridge, each.up_direct)), _mend),
    Fault("only the downlink is cut", _cut(lambda each: (each.down_bridge, each.down_direct)), _mend),
    Fault("the picture alone is cut", _cut(lambda each: (each.sight,)), _mend),
    Fault("the road through the bridge is cut", _cut(lambda each: (each.up_bridge, each.down_bridge)), _mend),
    Fault("the direct road is cut", _cut(lambda each: (each.up_direct, each.down_direct)), _mend),
    Fault("0.6 s of backlog is released", _dark(lambda each: (each.up_bridge, each.up_direct), ms(600)), _nothing),
    Fault("1.5 s of backlog is released", _dark(lambda each: (each.up_bridge, each.down_bridge), ms(1500)), _nothing),
    Fault("everything comes 600 ms late", _weather(EVERYTHING_TOO_LATE), _fair),
    Fault("everything comes out of order", _weather(OUT_OF_ORDER), _fair),
    Fault("half of everything is lost", _weather(HALF_LOST), _fair),
    Fault("everything comes twice", _weather(ALL_TWICE), _fair),
    Fault("the agent freezes", *_set("agent", Agent.FROZEN, Agent.ALIVE)),
    Fault("the agent hiccups for 135 ms", _agent_hiccups, _nothing),
    Fault("the agent dies", _agent_dies, _agent_is_back),
    Fault("the agent restarts", _agent_restarts, _nothing),
    Fault("the agent reads the bridge slowly", *_set("bridge_narrow", 1, 1000)),
    Fault("the motion process restarts", _motion_restarts(remembers=True), _nothing),
    Fault("the motion process restarts and its memory is lost", _motion_restarts(remembers=False), _nothing),
    Fault("the motion loop stalls for 90 ms", _loop_stalls(ms(90)), _nothing),
    Fault("the motion loop stalls for 260 ms", _loop_stalls(ms(260)), _nothing),
    Fault("the bridge dies", _bridge_dies, _bridge_is_back),
    Fault("the bridge dies as the lease comes back", _bridge_dies_as_the_lease_comes_back, _bridge_is_back),
    Fault("the bridge restarts", _bridge_restarts, _nothing),
    Fault("the bridge forgets everybody", _bridge_forgets_people, _people_are_back),
    Fault("the camera freezes", *_set("camera_alive", broken=False, whole=True)),
    Fault("the robot reports a fault", *_set("faults", ("bumper",), ())),
    Fault("the robot falls silent", *_set("robot_speaks", broken=False, whole=True)),
    Fault("the stop wired to the robot is pressed", *_set("stop_pressed", broken=True, whole=False)),
    Fault("odometry is missing", *_set("odometry", Odometry.ABSENT, Odometry.TRUE)),
    Fault("odometry is noisy", *_set("odometry", Odometry.NOISY, Odometry.TRUE)),
    Fault("odometry is no number", *_set("odometry", Odometry.NOT_A_NUMBER, Odometry.TRUE)),
    Fault("the robot rolls though told to stand", *_set("odometry", Odometry.ROLLING, Odometry.TRUE)),
    Fault("the driver's tab freezes, and wakes with a backlog", _tab_freezes, _tab_wakes),
    Fault("the driver's tab closes", _tab_closes, _tab_is_back),
    Fault("the driver's tab comes in twice", _tab_comes_in_twice, _nothing),
    Fault("the driver is sent off for good", _is_sent_off, _tab_is_back),
    Fault("an observer presses STOP", _stops(GUEST), _nothing),
    Fault("everybody presses STOP", _everybody_stops, _nothing),
    Fault("staff take the lease", _asks(lambda some_id, _: m.LeaseTake(id=some_id)), _nothing),
    Fault("staff revoke the lease", _asks(lambda some_id, _: m.LeaseRevoke(id=some_id)), _nothing),
    Fault("staff offer the lease to another", _asks(lambda some_id, _: m.LeaseOffer(id=some_id, to=BO.id)), _nothing),
    Fault("two take at once", _two_take_at_once, _nothing),
    Fault("hostile bytes", _hostile(12), _nothing),
    Fault("all that was said is said again", _all_is_said_again, _nothing),
    Fault("the wall clock jumps", _wall_clock_jumps, _nothing),
    Fault("the robot tips over", *_set("tilt_rad", 0.5, 0.0)),
    Fault("the robot does not say where it is", *_set("knows_where", broken=False, whole=True)),
    Fault("the robot is pushed", _is_pushed, _nothing),
    Fault("its power is cut on site", _is_cut_on_site, _is_released),
    Fault("staff look away", _staff_look_away, _staff_look_again),
    Fault("staff cap the speed", _asks(lambda some_id, _: m.CapSpeed(id=some_id, max_speed_mps=0.1)), _nothing),
    Fault("staff cap it at standstill", _asks(lambda some_id, _: m.CapSpeed(id=some_id, max_speed_mps=0.0)), _nothing),
    Fault("staff switch gestures off", _asks(lambda some_id, _: m.AllowGestures(id=some_id, allowed=False)), _nothing),
    Fault("staff break a gesture off", _asks(lambda some_id, _: m.GestureCancel(id=some_id)), _nothing),
    Fault("a gesture gets nowhere", _gesture_hangs, _gesture_goes_on),
    Fault("staff mute the driver", _asks(_mutes_driver), _nothing),
    Fault("the machine slept", _stops_itself(m.StopCause.SUSPEND), _nothing),
)
GRAVEST: Final = tuple(
    fault
    for fault in FAULTS
    if fault.name
    in {
        "the driver's whole link is cut",
        "only the downlink is cut",
        "everything comes 600 ms late",
        "half of everything is lost",
        "the agent freezes",
        "the agent dies",
        "the motion process restarts",
        "the bridge restarts",
        "the camera freezes",
        "the driver's tab freezes, and wakes with a backlog",
        "staff take the lease",
        "everybody presses STOP",
    }
)
