"""Whose data channel has which role, and when it ends."""

import pytest

from robot_agent.viewers import GRACE_NS, Viewers
from teleop_core.wire.messages import Role


@pytest.fixture
def viewers() -> Viewers:
    made = Viewers()
    made.offered("p", Role.PRESENTER, session="s1")
    return made


def test_the_role_is_the_one_of_the_offer(viewers: Viewers) -> None:
    assert viewers.role_of("p") is Role.PRESENTER
    assert viewers.role_of("nobody") is None

    viewers.offered("p", Role.OBSERVER, session="s2")
    assert viewers.role_of("p") is Role.OBSERVER


def test_who_is_missed_for_too_long_is_gone(viewers: Viewers) -> None:
    viewers.present(set(), now_ns=0)

    assert viewers.take_gone(now_ns=GRACE_NS - 1) == []
    assert viewers.role_of("p") is Role.PRESENTER
    assert viewers.take_gone(now_ns=GRACE_NS) == [("p", Role.PRESENTER, "s1")]
    assert viewers.role_of("p") is None
    assert viewers.take_gone(now_ns=GRACE_NS) == []


def test_who_comes_back_in_time_stays(viewers: Viewers) -> None:
    viewers.present(set(), now_ns=0)
    viewers.present({"p"}, now_ns=GRACE_NS - 1)

    assert viewers.take_gone(now_ns=2 * GRACE_NS) == []


def test_a_bridge_that_is_away_sends_nobody_away(viewers: Viewers) -> None:
    viewers.present(set(), now_ns=0)
    viewers.bridge_lost()

    assert viewers.take_gone(now_ns=10 * GRACE_NS) == []


def test_a_second_roster_does_not_start_the_time_again(viewers: Viewers) -> None:
    viewers.present(set(), now_ns=0)
    viewers.present({"q"}, now_ns=GRACE_NS - 1)

    assert viewers.take_gone(now_ns=GRACE_NS) == [("p", Role.PRESENTER, "s1")]


def test_who_is_sent_off_for_good_is_gone_at_once_whatever_the_grace(viewers: Viewers) -> None:
    viewers.present({"p"}, dismissed=("p",), now_ns=0)

    assert viewers.role_of("p") is None
    assert viewers.take_gone(now_ns=0) == [("p", Role.PRESENTER, "s1")]


def test_who_was_sent_off_and_let_in_again_stays(viewers: Viewers) -> None:
    viewers.present(set(), dismissed=("p",), now_ns=0)
    viewers.present({"p"}, dismissed=(), now_ns=1)

    assert viewers.role_of("p") is Role.PRESENTER
    assert viewers.take_gone(now_ns=2) == []
