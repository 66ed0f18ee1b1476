"""Staff who watch, where the show asks for it: judged by the beacons that they answer, at the exact nanosecond."""

from teleop_core.staff_watch import StaffWatch
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing


def watch(*, required: bool = True) -> StaffWatch:
    return StaffWatch(required=required, timing=Timing(), now_ns=seconds(10))


def test_nobody_has_watched_at_the_start() -> None:
    assert watch().must_hold(now_ns=seconds(10))
    assert watch().must_latch(now_ns=seconds(10))


def test_where_nobody_asks_for_it_nobody_needs_to_watch() -> None:
    made = watch(required=False)

    assert not made.is_required
    assert not made.must_hold(now_ns=seconds(100))
    assert not made.must_latch(now_ns=seconds(100))


def test_it_holds_after_exactly_one_second_and_latches_after_three() -> None:
    made = watch()
    made.answered(0, now_ns=seconds(20))

    assert made.is_required
    assert not made.must_hold(now_ns=seconds(21) - 1)
    assert made.must_hold(now_ns=seconds(21))
    assert not made.must_latch(now_ns=seconds(23) - 1)
    assert made.must_latch(now_ns=seconds(23))


def test_what_counts_is_when_the_beacon_left_and_not_when_its_answer_came() -> None:
    made = watch()
    made.answered(ms(900), now_ns=seconds(20))

    assert not made.must_hold(now_ns=seconds(20) + ms(100) - 1)
    assert made.must_hold(now_ns=seconds(20) + ms(100))


def test_an_older_answer_takes_nothing_away() -> None:
    made = watch()
    made.answered(0, now_ns=seconds(20))
    made.answered(ms(2900), now_ns=seconds(20) + ms(10))

    assert not made.must_hold(now_ns=seconds(21) - 1)
