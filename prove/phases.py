"""Bringing a world to one of the eleven phases of a show, over perfect roads, as people would."""

import enum
from typing import Final

from prove.foul import require
from prove.people import ANNA, AT_ONCE, BO, STAFF, Person
from prove.performing import WAVE
from prove.world import Agent, Odometry, World
from teleop_core.geometry import Pose2D, Twist
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit

SETTLES_WITHIN_NS: Final = ms(1600)  # by then what was unanswered was said again, and no dead epoch is believed
COARSE_NS: Final = ms(95)  # under the agent's 100 ms, so that nothing holds
FINE_NS: Final = ms(20)
SLOW_MPS: Final = 0.12
DRIVES_WITHIN_NS: Final = seconds(2)  # a healthy link with a cleared latch


class Phase(enum.Enum):
    """Where in a show a fault may come."""

    BOOT = "boot"
    STOPPED = "stopped"
    READY = "ready"
    LEASED = "leased"
    ARMING = "arming"
    DRIVING_SLOW = "driving slow"
    DRIVING_FULL = "driving full"
    HOLDING = "holding"
    HANDOVER = "hand-over"
    STOPPING = "stopping"
    PERFORMING = "performing"


ORDER: Final = tuple(Phase)


def bring_to(world: World, phase: Phase, *, speed_mps: float = 0.6) -> None:
    """Play the show up to `phase`; where it is to move, with `speed_mps` (0.12 in `DRIVING_SLOW`)."""
    anna, staff = world.people[ANNA.id], world.people[STAFF.id]
    if phase is Phase.BOOT:
        return
    world.tick(COARSE_NS)
    if phase is Phase.STOPPED:
        return
    _clear(world, staff)
    if phase is Phase.READY:
        return
    anna.session.request(m.LeaseRequest(id=anna.session.new_id()), now_ns=world.now_ns)
    world.tick(COARSE_NS)
    require(world.session.holder == ANNA.id, "nobody else was there, and the lease was not granted")
    if phase is Phase.LEASED:
        return
    for _ in range(2):
        world.tick(COARSE_NS)
    if phase is Phase.ARMING:
        return
    if phase is Phase.PERFORMING:
        _perform(world, anna)
        return
    _move(world, anna, phase, SLOW_MPS if phase is Phase.DRIVING_SLOW else speed_mps)


def _clear(world: World, staff: Person) -> None:
    session = staff.session
    if world.profile.needs_staff:
        for _ in range(2):  # they hear a beacon, and answer it
            world.tick(COARSE_NS)
    session.request(m.ResetPrepare(id=session.new_id()), now_ns=world.now_ns)
    world.tick(FINE_NS)
    world.tick(FINE_NS)
    status = session.status
    if status is None or status.reset is None:
        require(False, "staff prepared a reset on perfect roads, and saw no code")  # noqa: FBT003 - it is what is required
        return
    session.request(m.ResetConfirm(id=session.new_id(), code=status.reset.code), now_ns=world.now_ns)
    world.tick(FINE_NS)
    world.tick(FINE_NS)
    require(not world.session.is_latched, "staff reset on perfect roads, and the latch did not clear")


def _perform(world: World, anna: Person) -> None:
    anna.begin_gesture(WAVE.name, now_ns=world.now_ns)
    world.tick(FINE_NS)
    world.tick(FINE_NS)
    require(world.body.is_performing, "a gesture was asked for at rest on perfect roads, and does not run")


def _move(world: World, anna: Person, phase: Phase, speed_mps: float) -> None:
    for _ in range(3):
        world.tick(COARSE_NS)
    anna.speed_mps = speed_mps
    anna.hold(Twist(anna.speed_mps, 0.0, 0.0))
    limits = world.limits
    full_ns = round((anna.speed_mps / limits.accel_mps2 + limits.accel_mps2 / limits.jerk_mps3) * 1e9)
    for _ in range(full_ns // FINE_NS + 2):
        world.tick(FINE_NS)
    require(world.told.vx_mps > 0.0, "a healthy link, a clear latch, an armed hand, and it does not move")
    match phase:
        case Phase.HOLDING:
            anna.is_frozen = True
            for _ in range(4):
                world.tick(COARSE_NS)
            anna.is_frozen = False
        case Phase.HANDOVER:
            bo, staff = world.people.get(BO.id), world.people[STAFF.id]
            heir = staff if bo is None else bo
            staff.session.request(m.LeaseOffer(id=staff.session.new_id(), to=heir.peer.id), now_ns=world.now_ns)
            heir.session.request(m.LeaseRequest(id=heir.session.new_id()), now_ns=world.now_ns)
            world.tick(FINE_NS)
            heir.session.request(m.LeaseAccept(id=heir.session.new_id()), now_ns=world.now_ns)
            world.tick(FINE_NS)
        case Phase.STOPPING:
            world.people[STAFF.id].session.stop(now_ns=world.now_ns)
            world.tick(FINE_NS)
        case _:
            pass


def heal(world: World) -> None:
    """Repair everything: roads, agent, bridge, camera, robot; everybody comes in anew and looks."""
    world.say("all is repaired")
    world.revive_agent()
    world.camera_alive = world.robot_speaks = True
    world.odometry, world.faults, world.stop_pressed = Odometry.TRUE, (), False
    world.body.hangs = False
    world.knows_where, world.place, world.tilt_rad = True, Pose2D(), 0.0
    world.cut_on_site(on=False)
    world.bridge_narrow = 1000
    for each in world.people.values():
        each.is_frozen = False
        each.is_holding = False
        each.session.let_go()
        each.session.look(looks=True)
        for way in each.ways:
            way.is_cut, way.dark_until_ns = False, 0
            way.lose_all()
    world.set_weather(AT_ONCE)
    if world.room is None:
        world.close_bridge()
        world.open_bridge()
    for each in world.people.values():
        world.seat(each)
    if world.robot_seat is None or world.robot_outbox.ending is not None:
        world.seat_robot()


def _is_free(world: World) -> bool:
    """Whether the latch is clear, the lease free, no rule of the house is in force, and the robot stands."""
    told, referee = world.referee.told, world.referee
    has_rules = referee.cap_mps is not None or bool(referee.muted) or not referee.gestures_allowed
    return not has_rules and told is not None and told.limit is Limit.NO_LEASE and told.twist.is_still()


def must_drive_again(world: World, *, step_ns: int = ms(60)) -> None:
    """After `heal`: staff clear the latch, and then somebody must drive within 2 s; everybody must know the truth."""
    require(world.agent is Agent.ALIVE, "healed, and the agent is not alive")
    anna, staff = world.people[ANNA.id], world.people[STAFF.id]
    patience_ns = world.now_ns + seconds(14)  # a reset that somebody else prepared lapses after 10 s
    settled_ns = world.now_ns + SETTLES_WITHIN_NS
    while world.now_ns < settled_ns or not _is_free(world):
        require(world.now_ns < patience_ns, "all is well, and staff cannot bring the robot to rest and clear")
        staff.keep_it_clear(now_ns=world.now_ns)
        staff.lift_all_rules(now_ns=world.now_ns)
        if world.now_ns >= settled_ns and not world.session.is_latched and not _is_free(world):
            staff.session.request(m.LeaseRevoke(id=staff.session.new_id()), now_ns=world.now_ns)
        world.tick(step_ns)
    clear_ns = world.now_ns
    anna.speed_mps, anna.turn_radps, anna.hold_from_ns = 0.4, 0.0, 0
    while world.told.is_still():
        require(
            world.now_ns - clear_ns <= DRIVES_WITHIN_NS, "a healthy link, a cleared latch, and no motion within 2 s"
        )
        anna.follow_habit(now_ns=world.now_ns)
        world.tick(step_ns)
    for each in world.people.values():
        known = each.session.telemetry
        is_true = known is not None and not known.latched and known.driver == ANNA.id
        require(is_true, f"all is well, and {each.peer.id} is shown something else than what is")
