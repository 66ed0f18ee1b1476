"""What staff lay down for everybody: a cap, and who is not heard."""

import pytest

from teleop_core.house_rules import MAX_MUTED, HouseRules
from teleop_core.wire.messages import Refusal, Role

ROLES = {"anna": Role.PRESENTER, "guest": Role.OBSERVER, "staff": Role.STAFF, "other": Role.STAFF}


@pytest.fixture
def rules() -> HouseRules:
    return HouseRules(speed_cap_mps=None)


def test_staff_set_and_lift_the_cap(rules: HouseRules) -> None:
    assert rules.cap_speed(Role.STAFF, 0.3) is None
    assert rules.speed_cap_mps == 0.3
    assert rules.cap_speed(Role.STAFF, None) is None
    assert rules.speed_cap_mps is None


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.OBSERVER])
def test_nobody_else_lays_down_rules(rules: HouseRules, role: Role) -> None:
    assert rules.cap_speed(role, 0.3) is Refusal.ROLE
    assert rules.mute(role, "guest", muted=True, roles=ROLES) is Refusal.ROLE
    assert (rules.speed_cap_mps, rules.muted) == (None, ())


def test_a_cap_from_before_a_restart_stands() -> None:
    assert HouseRules(speed_cap_mps=0.2).speed_cap_mps == 0.2


def allows_gestures(rules: HouseRules) -> bool:
    return rules.gestures_allowed


def test_staff_alone_switch_gestures_off_and_on(rules: HouseRules) -> None:
    assert rules.allow_gestures(Role.PRESENTER, allowed=False) is Refusal.ROLE
    assert allows_gestures(rules)
    assert rules.allow_gestures(Role.STAFF, allowed=False) is None
    assert not allows_gestures(rules)
    assert rules.allow_gestures(Role.OBSERVER, allowed=True) is Refusal.ROLE
    assert not allows_gestures(rules)
    assert rules.allow_gestures(Role.STAFF, allowed=True) is None
    assert allows_gestures(rules)


def test_gestures_that_were_off_before_a_restart_are_off() -> None:
    assert not HouseRules(speed_cap_mps=None, gestures_allowed=False).gestures_allowed


def test_staff_mute_and_unmute(rules: HouseRules) -> None:
    assert rules.mute(Role.STAFF, "anna", muted=True, roles=ROLES) is None
    assert rules.mute(Role.STAFF, "anna", muted=True, roles=ROLES) is None
    assert rules.is_muted("anna")
    assert not rules.is_muted("guest")
    assert rules.muted == ("anna",)
    assert rules.mute(Role.STAFF, "anna", muted=False, roles={}) is None
    assert not rules.is_muted("anna")
    assert rules.mute(Role.STAFF, "nobody", muted=False, roles=ROLES) is None


def test_staff_are_always_heard(rules: HouseRules) -> None:
    assert rules.mute(Role.STAFF, "other", muted=True, roles=ROLES) is Refusal.ROLE
    assert rules.mute(Role.STAFF, "staff", muted=True, roles=ROLES) is Refusal.ROLE


def test_who_is_not_there_cannot_be_muted(rules: HouseRules) -> None:
    assert rules.mute(Role.STAFF, "nobody", muted=True, roles=ROLES) is Refusal.UNKNOWN_PEER


def test_the_list_of_the_muted_is_bounded(rules: HouseRules) -> None:
    crowd = {f"guest-{number}": Role.OBSERVER for number in range(MAX_MUTED + 1)}
    for peer in list(crowd)[:-1]:
        assert rules.mute(Role.STAFF, peer, muted=True, roles=crowd) is None

    assert rules.mute(Role.STAFF, f"guest-{MAX_MUTED}", muted=True, roles=crowd) is Refusal.OVERLOADED
    assert rules.mute(Role.STAFF, "guest-0", muted=True, roles=crowd) is None
    assert len(rules.muted) == MAX_MUTED == 32
