"""Bugs to plant in the rules on purpose: each a small mistake that one could make, in the very classes that run."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from teleop_core import governor
from teleop_core.arming import Arming
from teleop_core.authority import Authority
from teleop_core.body import Body
from teleop_core.driving import Driving, _Command
from teleop_core.freshness import BeaconLog
from teleop_core.geometry import Twist
from teleop_core.gestures import Gestures
from teleop_core.house_rules import HouseRules
from teleop_core.outbox import Outbox
from teleop_core.session import RobotSession
from teleop_core.staff_watch import StaffWatch
from teleop_core.stop import StopLatch
from teleop_core.wire.messages import Role, StopLevel

Patch = tuple[Any, str, Callable[..., Any] | property]


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug: what is replaced, and by what."""

    name: str
    patches: tuple[Patch, ...]


# The bodies below are the rules themselves with one thing wrong; they reach into them as no other code may.


def _check_without_fence(self: Any, peer: str, fence: int) -> Any:
    return Authority_check(self, peer, self._fence if peer == self._holder else fence)


def _reset_keeps_fence(self: Any, peer: str) -> None:
    del peer
    self._requests.clear()


def _age_of_arrival(self: Any, drive: Any, *, road: Any, now_ns: int) -> Any:
    refusal = Driving_accept(self, drive, road=road, now_ns=now_ns)
    if refusal is None or refusal.value not in {"stale", "unknown_beacon"}:
        return refusal
    twist = Twist(drive.vx_mps, drive.vy_mps, drive.wz_radps)
    self._command = _Command(
        twist=twist,
        dead_man=drive.dead_man,
        received_ns=now_ns,
        beacon=drive.beacon,
        picture=drive.picture,
        toward=None,
    )
    self._arming.saw(twist, dead_man=drive.dead_man, now_ns=now_ns)
    self._won[road.value] += 1
    return None


def _take_at_once(self: Any, peer: str, role: Any, *, bridge_up: bool) -> Any:
    refusal = Authority_take(self, peer, role, bridge_up=bridge_up)
    if refusal is None and self._heir == peer:
        self._grant(peer, now_ns=self._expires_ns)
    return refusal


def _keeps_command(self: Any) -> None:
    self._last_seq.clear()


def _drops_nothing(self: Any) -> None:
    self._stale_ns = None


def _stop_in_line(self: Any, key: Any, frame: bytes, *, sender: str = "") -> Any:
    del key
    return self.put_event(frame, sender=sender)


def _stop_waits_for_the_tick(self: Any, record: Any, *, level: Any) -> None:
    if self._driving.applied.is_still():
        RobotSession_stop(self, record, level=level)


def _starts_as_it_was(self: Any, **arguments: Any) -> None:
    memory = arguments["memory"]
    RobotSession_init(self, **arguments)
    if memory is not None and not memory.latched:
        self._latch._record = None


def _fence_starts_anew(self: Any, **arguments: Any) -> None:
    RobotSession_init(self, **{**arguments, "memory": None})


def _use_renews(self: Any, drive: Any, *, peer: str, role: Any, road: Any, now_ns: int) -> Any:
    refusal = RobotSession_drive(self, drive, peer=peer, role=role, road=road, now_ns=now_ns)
    if refusal is None:
        lease = self._authority
        lease._expires_ns = max(lease._expires_ns, now_ns + self._timing.lease_life_ns)
    return refusal


def _renews_what_expired(self: Any, peer: str, fence: int, seq: int, *, now_ns: int) -> Any:
    kept, self._expires_ns = self._expires_ns, now_ns + 1
    refusal = Authority_renew(self, peer, fence, seq, now_ns=now_ns)
    if refusal is not None or self._expires_ns == now_ns + 1:
        self._expires_ns = kept
    return refusal


def _never_expires(self: Any, *, still: bool, now_ns: int) -> None:
    self._expires_ns = max(self._expires_ns, now_ns + 1)
    Authority_tick(self, still=still, now_ns=now_ns)


def _no_neutral(self: Any, twist: Any, *, dead_man: bool, now_ns: int) -> None:
    del twist, dead_man, now_ns
    self._armed = True


def _one_neutral_is_enough(self: Any, twist: Any, *, dead_man: bool, now_ns: int) -> None:
    Arming_saw(self, twist, dead_man=dead_man, now_ns=now_ns)
    self._armed = self._armed or not dead_man


def _stays_armed(self: Any) -> None:
    self._neutral_since_ns = None


def _one_step_reset(self: Any, peer: str, role: Any, **arguments: Any) -> Any:
    refusal = StopLatch_prepare(self, peer, role, **arguments)
    if refusal is None:
        self._record = None
    return refusal


def _anybody_resets(self: Any, role: Any, *, still: bool, cause_gone: bool) -> Any:
    refusal = StopLatch_may(self, role, still=still, cause_gone=cause_gone)
    return None if refusal is not None and refusal.value == "role" else refusal


def _resets_while_moving(self: Any, role: Any, *, still: bool, cause_gone: bool) -> Any:
    del still
    return StopLatch_may(self, role, still=True, cause_gone=cause_gone)


def _resets_with_the_fault(self: Any, role: Any, *, still: bool, cause_gone: bool) -> Any:
    del cause_gone
    return StopLatch_may(self, role, still=still, cause_gone=True)


def _beacons_are_young(self: Any, tick: int, *, now_ns: int) -> Any:
    age_ns = BeaconLog_age(self, tick, now_ns=now_ns)
    return None if age_ns is None else age_ns // 2


def _replays_count(self: Any, drive: Any, *, road: Any, now_ns: int) -> Any:
    self._last_seq.clear()
    return Driving_accept(self, drive, road=road, now_ns=now_ns)


def _late_ticks_speed_up(self: Any, target: Any, *, now_ns: int) -> Any:
    kept, self._timing = self._timing, replace(self._timing, tick_ns=10**9)
    try:
        return Governor_slew(self, target, now_ns=now_ns)
    finally:
        self._timing = kept


def _delay_is_forgotten(self: Any, wish: Any, *, ground: Any, now_ns: int) -> Any:
    return Governor_follow(self, replace(wish, picture_age_ns=0), ground=ground, now_ns=now_ns)


def _silence_of_the_agent_is_fine(self: Any, *, now_ns: int) -> Any:
    kept, self._agent_heard_ns = self._agent_heard_ns, now_ns
    try:
        return RobotSession_held(self, now_ns=now_ns)
    finally:
        self._agent_heard_ns = kept


def _grants_without_bridge(self: Any, peer: str, role: Any, *, still: bool, bridge_up: bool, now_ns: int) -> Any:
    del bridge_up
    return Authority_request(self, peer, role, still=still, bridge_up=True, now_ns=now_ns)


def _lets_them_stay(self: Any, dismissed: Any) -> None:
    del self, dismissed


def _stands_at_once(self: Any, *, now_ns: int) -> bool:
    del now_ns
    return self._still_since_ns is not None


def _cap_is_lost(self: Any, **arguments: Any) -> None:
    memory = arguments["memory"]
    forgetful = memory if memory is None else replace(memory, speed_cap_mps=None)
    RobotSession_init(self, **{**arguments, "memory": forgetful})


def _anybody_caps(self: Any, role: Any, max_speed_mps: Any) -> Any:
    del role
    return HouseRules_cap(self, Role.STAFF, max_speed_mps)


def _cap_is_forgotten(self: Any, wish: Any, *, ground: Any, now_ns: int) -> Any:
    return Governor_follow(self, wish, ground=replace(ground, speed_cap_mps=None), now_ns=now_ns)


def _hears_the_muted(self: Any, peer: str) -> bool:
    del self, peer
    return False


def _anybody_mutes(self: Any, role: Any, peer: str, *, muted: bool, roles: Any) -> Any:
    del role
    return HouseRules_mute(self, Role.STAFF, peer, muted=muted, roles=roles)


def _mutes_staff(self: Any, role: Any, peer: str, *, muted: bool, roles: Any) -> Any:
    known = dict.fromkeys(roles, Role.PRESENTER)
    return HouseRules_mute(self, role, peer, muted=muted, roles=known)


def _no_edges(self: Any, twist: Any, ground: Any) -> float:
    del self, twist, ground
    return math.inf


def _no_edges_without_a_pose(self: Any, twist: Any, ground: Any) -> float:
    return math.inf if ground.pose is None else Governor_edge(self, twist, ground)


def _is_never_lost(self: Any) -> bool:
    del self
    return False


def _watches_by_arrival(self: Any, beacon_age_ns: int, *, now_ns: int) -> None:
    del beacon_age_ns
    StaffWatch_answered(self, 0, now_ns=now_ns)


def _staff_may_stay_away(self: Any, *, now_ns: int) -> bool:
    del self, now_ns
    return False


def _is_never_tilted(self: Any) -> bool:
    del self
    return False


def _resets_what_was_cut(self: Any, role: Any, *, still: bool, cause_gone: bool) -> Any:
    kept, self._level = self._level, StopLevel.SETTLE
    refusal = StopLatch_may(self, role, still=still, cause_gone=cause_gone)
    if refusal is not None:
        self._level = kept
    return refusal


def _jolts(way: float, *, was: float, accel: float, rise: float, fall: Any, step_s: float) -> float:
    del way, was, rise, fall, step_s
    return accel


def _stop_lets_it_finish(self: Any, ended: Any, *, by: Any = None, detail: str = "") -> None:
    if ended.value != "stopped":
        Gestures_abort(self, ended, by=by, detail=detail)


def _heir_lets_it_finish(self: Any, ended: Any, *, by: Any = None, detail: str = "") -> None:
    if ended.value != "lease":
        Gestures_abort(self, ended, by=by, detail=detail)


def _always_fit(self: Any, fitness: Any) -> Any:
    refusal = Gestures_unfit(self, fitness)
    return None if refusal is not None and refusal.value in {"moving", "hand_on"} else refusal


def _hand_is_never_on(self: Any) -> bool:
    del self
    return False


def _never_too_long(self: Any, *, now_ns: int) -> None:
    del self, now_ns


def _one_step_is_enough(self: Any, name: str, peer: str, *, now_ns: int) -> None:
    self._begin(self._repertoire[name], peer, now_ns=now_ns)


def _cues_whatever_the_area(self: Any, name: str, *, area_clear: bool, fitness: Any, now_ns: int) -> Any:
    del area_clear
    return Gestures_cue(self, name, area_clear=True, fitness=fitness, now_ns=now_ns)


def _anybody_declares(self: Any, role: Any, *, clear: bool) -> Any:
    del role
    return HouseRules_declare(self, Role.STAFF, clear=clear)


def _area_stays_clear(self: Any) -> bool:
    del self
    return False


def _anybody_allows(self: Any, role: Any, *, allowed: bool) -> Any:
    del role
    return HouseRules_allow(self, Role.STAFF, allowed=allowed)


def _drives_meanwhile(self: Any, *, now_ns: int) -> Any:
    limit = RobotSession_held(self, now_ns=now_ns)
    return None if limit is not None and limit.value == "gesture" else limit


# What the planted bodies call: the rules as they are.
Authority_check: Final = Authority.check
Authority_take: Final = Authority.take
Authority_renew: Final = Authority.renew
Authority_tick: Final = Authority.tick
Authority_request: Final = Authority.request
Driving_accept: Final = Driving.accept
RobotSession_stop: Final = RobotSession._stop
RobotSession_init: Final = RobotSession.__init__
RobotSession_drive: Final = RobotSession._drive
RobotSession_held: Final = RobotSession._held_for
StopLatch_prepare: Final = StopLatch.prepare
StopLatch_may: Final = StopLatch._may_reset
Arming_saw: Final = Arming.saw
BeaconLog_age: Final = BeaconLog.age_ns
Governor_slew: Final = governor.Governor._slew
Governor_follow: Final = governor.Governor.follow
Governor_edge: Final = governor.Governor._edge_speed_mps
HouseRules_cap: Final = HouseRules.cap_speed
HouseRules_mute: Final = HouseRules.mute
HouseRules_allow: Final = HouseRules.allow_gestures
HouseRules_declare: Final = HouseRules.declare_area
Gestures_abort: Final = Gestures.abort
Gestures_cue: Final = Gestures.cue
Gestures_unfit: Final = Gestures._unfit
StaffWatch_answered: Final = StaffWatch.answered

BUGS: Final = (
    Planted("no fence", ((Authority, "check", _check_without_fence),)),
    Planted("a reset without a new fence", ((Authority, "end_by_reset", _reset_keeps_fence),)),
    Planted("a watchdog on arrival instead of the echo", ((Driving, "accept", _age_of_arrival),)),
    Planted("a take while moving", ((Authority, "take", _take_at_once),)),
    Planted(
        "a stale command after a hand-over",
        ((Driving, "begin_lease", _keeps_command), (Driving, "drop", _drops_nothing)),
    ),
    Planted("STOP behind motion in the bridge", ((Outbox, "put_urgent", _stop_in_line),)),
    Planted("STOP waits until the robot stands", ((RobotSession, "_stop", _stop_waits_for_the_tick),)),
    Planted("the latch is lost on a restart", ((RobotSession, "__init__", _starts_as_it_was),)),
    Planted("the fence is lost on a restart", ((RobotSession, "__init__", _fence_starts_anew),)),
    Planted("a lease revived by use", ((RobotSession, "_drive", _use_renews),)),
    Planted("an expired lease renewed", ((Authority, "renew", _renews_what_expired),)),
    Planted("a lease that never expires", ((Authority, "tick", _never_expires),)),
    Planted("no neutral before the dead-man", ((Arming, "saw", _no_neutral),)),
    Planted("one neutral command is enough", ((Arming, "saw", _one_neutral_is_enough),)),
    Planted("a HOLD that asks for no neutral", ((Arming, "disarm", _stays_armed),)),
    Planted("a reset in one step", ((StopLatch, "prepare", _one_step_reset),)),
    Planted("a reset by anybody", ((StopLatch, "_may_reset", _anybody_resets),)),
    Planted("a reset while moving", ((StopLatch, "_may_reset", _resets_while_moving),)),
    Planted("a reset with the cause still there", ((StopLatch, "_may_reset", _resets_with_the_fault),)),
    Planted("echoes look half as old as they are", ((BeaconLog, "age_ns", _beacons_are_young),)),
    Planted("replays count", ((Driving, "accept", _replays_count),)),
    Planted("a late tick speeds up more", ((governor.Governor, "_slew", _late_ticks_speed_up),)),
    Planted("the loop delay is forgotten", ((governor.Governor, "follow", _delay_is_forgotten),)),
    Planted("the agent's silence is ignored", ((RobotSession, "_held_for", _silence_of_the_agent_is_fine),)),
    Planted("a grant while the bridge is away", ((Authority, "request", _grants_without_bridge),)),
    Planted("a lease that outlives its holder's invite", ((Authority, "dismiss", _lets_them_stay),)),
    Planted("a hand-over without 500 ms of standstill", ((Authority, "_has_stood", _stands_at_once),)),
    Planted("the cap of staff is lost on a restart", ((RobotSession, "__init__", _cap_is_lost),)),
    Planted("anybody caps the speed, or lifts the cap", ((HouseRules, "cap_speed", _anybody_caps),)),
    Planted("the cap of staff is not minded", ((governor.Governor, "follow", _cap_is_forgotten),)),
    Planted("who is muted is heard", ((HouseRules, "is_muted", _hears_the_muted),)),
    Planted("anybody mutes anybody", ((HouseRules, "mute", _anybody_mutes),)),
    Planted("staff can be muted", ((HouseRules, "mute", _mutes_staff),)),
    Planted("edges are not minded", ((governor.Governor, "_edge_speed_mps", _no_edges),)),
    Planted(
        "it drives without saying where it is",
        ((Body, "is_lost", _is_never_lost), (governor.Governor, "_edge_speed_mps", _no_edges_without_a_pose)),
    ),
    Planted("staff watch by arrival, however old their knowledge", ((StaffWatch, "answered", _watches_by_arrival),)),
    Planted("staff who are asked for stay away", ((StaffWatch, "must_latch", _staff_may_stay_away),)),
    Planted("a tilt does not stop it", ((Body, "_is_tilted", property(_is_never_tilted)),)),
    Planted("a reset of what was cut on site", ((StopLatch, "_may_reset", _resets_what_was_cut),)),
    Planted("a STOP lets a gesture finish", ((Gestures, "abort", _stop_lets_it_finish),)),
    Planted("a gesture goes on under the next lease", ((Gestures, "abort", _heir_lets_it_finish),)),
    Planted("a gesture begins while the robot moves", ((Gestures, "_unfit", _always_fit),)),
    Planted("a gesture begins under a hand", ((Driving, "hand_is_on", property(_hand_is_never_on)),)),
    Planted("a gesture may take for ever", ((Gestures, "tick", _never_too_long),)),
    Planted("a large gesture in one step", ((Gestures, "_offer", _one_step_is_enough),)),
    Planted("a show performs a large gesture in an area not clear", ((Gestures, "cue", _cues_whatever_the_area),)),
    Planted("anybody declares the area clear", ((HouseRules, "declare_area", _anybody_declares),)),
    Planted("a STOP leaves the area clear", ((HouseRules, "area_in_doubt", _area_stays_clear),)),
    Planted("anybody switches gestures off and on", ((HouseRules, "allow_gestures", _anybody_allows),)),
    Planted("it drives while it performs", ((RobotSession, "_held_for", _drives_meanwhile),)),
    Planted("it sets off with a jolt", ((governor, "_rate", _jolts),)),
)
