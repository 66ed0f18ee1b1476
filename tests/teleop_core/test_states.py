"""The one state that a robot is in, from what its rooms know."""

import pytest

from teleop_core.authority import LeaseState
from teleop_core.states import NEXT_STATES, derive
from teleop_core.wire.messages import Limit, RobotState

HELD, FREE, CHANGING = LeaseState.HELD, LeaseState.FREE, LeaseState.CHANGING
S = RobotState


def now(
    *,
    was: RobotState = S.LEASED,
    latched: bool = False,
    performing: bool = False,
    lease: LeaseState = HELD,
    limit: Limit = Limit.NONE,
    still: bool = True,
) -> RobotState:
    return derive(was=was, latched=latched, performing=performing, lease=lease, limit=limit, still=still)


@pytest.mark.parametrize("lease", list(LeaseState))
@pytest.mark.parametrize("performing", [True, False])
def test_a_latch_goes_before_all_else(lease: LeaseState, performing: bool) -> None:
    assert now(latched=True, lease=lease, performing=performing) is S.STOPPED
    assert now(latched=True, lease=lease, performing=performing, still=False) is S.STOPPING


@pytest.mark.parametrize("lease", list(LeaseState))
def test_a_gesture_goes_before_the_lease(lease: LeaseState) -> None:
    assert now(performing=True, lease=lease, limit=Limit.GESTURE, still=False) is S.GESTURE


def test_a_free_robot_is_ready_once_it_stands_and_a_hand_over_holds() -> None:
    assert now(lease=FREE, limit=Limit.NO_LEASE) is S.READY
    assert now(lease=FREE, limit=Limit.NO_LEASE, still=False) is S.HOLD
    assert now(lease=CHANGING, limit=Limit.HANDOVER) is S.HOLD


@pytest.mark.parametrize("limit", [Limit.NONE, Limit.SLEW, Limit.CAP, Limit.STAFF_CAP, Limit.EDGE])
def test_whatever_only_limits_the_speed_is_driving(limit: Limit) -> None:
    assert now(limit=limit) is S.DRIVING
    assert now(limit=limit, was=S.HOLD, still=False) is S.DRIVING


def test_the_loop_delay_degrades() -> None:
    assert now(limit=Limit.LOOP_DELAY) is S.DEGRADED


def test_letting_go_stands_after_the_ramp() -> None:
    assert now(limit=Limit.DEAD_MAN, was=S.HOLD) is S.LEASED
    assert now(limit=Limit.DEAD_MAN, still=False) is S.DRIVING


@pytest.mark.parametrize("limit", [Limit.NOT_NEUTRAL, Limit.SILENCE])
def test_quiet_limits_hold_only_what_was_held_or_moves(limit: Limit) -> None:
    assert now(limit=limit) is S.LEASED
    assert now(limit=limit, still=False) is S.HOLD
    assert now(limit=limit, was=S.HOLD) is S.HOLD


@pytest.mark.parametrize("limit", [Limit.ECHO_AGE, Limit.PICTURE_AGE, Limit.NO_STAFF, Limit.AGENT_SILENT])
def test_any_other_limit_holds(limit: Limit) -> None:
    assert now(limit=limit) is S.HOLD


def test_a_gesture_begins_where_somebody_has_the_lease_and_leads_back_there() -> None:
    assert S.GESTURE in NEXT_STATES[S.LEASED]
    assert {S.LEASED, S.READY, S.STOPPED} <= NEXT_STATES[S.GESTURE]
    assert S.GESTURE not in NEXT_STATES[S.STOPPING] | NEXT_STATES[S.BOOT]
