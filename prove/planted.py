"""Bugs planted in the rules on purpose: the campaign must find each of them, or its referee sees nothing.

Each is one small mistake that somebody could make, put into the very classes that run, and taken out again.
`python -m prove.planted` says after how many lives each was found.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock

from prove import snapshot
from prove.life import live
from prove.referee import Foul
from teleop_core import governor
from teleop_core.arming import Arming
from teleop_core.authority import Authority
from teleop_core.driving import Driving, _Command
from teleop_core.freshness import BeaconLog
from teleop_core.geometry import Twist
from teleop_core.outbox import Outbox
from teleop_core.session import RobotSession
from teleop_core.stop import StopLatch

MOST_RUNS: Final = 6000
Patch = tuple[type, str, Callable[..., Any]]


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
        twist=twist, dead_man=drive.dead_man, received_ns=now_ns, beacon=drive.beacon, picture=drive.picture
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


def _stop_waits_for_the_tick(self: Any, record: Any) -> None:
    if self._driving.applied.is_still():
        RobotSession_stop(self, record)


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


def _delay_is_forgotten(self: Any, wish: Any, *, now_ns: int) -> Any:
    return Governor_follow(self, replace(wish, picture_age_ns=0), now_ns=now_ns)


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
)


@contextmanager
def planted(bug: Planted) -> Iterator[None]:
    """Have the rules with `bug` in them for a while."""
    snapshot.forget()
    try:
        with _all_of(bug.patches):
            yield
    finally:
        snapshot.forget()


@contextmanager
def _all_of(patches: tuple[Patch, ...]) -> Iterator[None]:
    if not patches:
        yield
        return
    (owner, name, body), *rest = patches
    with mock.patch.object(owner, name, body), _all_of(tuple(rest)):
        yield


def find(bug: Planted, *, runs: int = MOST_RUNS, first_seed: int = 0) -> tuple[int, str] | None:
    """Return after how many lives `bug` was found, and by which foul; None when `runs` lives did not find it."""
    with planted(bug):
        for number in range(runs):
            try:
                live(first_seed + number)
            except Foul as foul:
                return number + 1, str(foul)
    return None


def find_all(*, runs: int = MOST_RUNS) -> Iterator[tuple[Planted, tuple[int, str] | None]]:
    """Look for each planted bug."""
    for bug in BUGS:
        yield bug, find(bug, runs=runs)


def main() -> int:
    """Look for each planted bug, and say after how many lives it was found."""
    parser = argparse.ArgumentParser(prog="python -m prove.planted", description="Does the campaign find bugs?")
    parser.add_argument("--runs", type=int, default=MOST_RUNS, help="lives for each bug, at most")
    missed = 0
    for bug, found in find_all(runs=parser.parse_args().runs):
        missed += found is None
        print(f"  {bug.name:<45} " + ("NOT FOUND" if found is None else f"life {found[0]:>4}: {found[1]}"), flush=True)
    print(f"planted: {len(BUGS)} bugs, {len(BUGS) - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
