from robot_agent.media.liveness import LOST_AFTER_NS, Liveness
from teleop_core.timebase import ms, seconds


def pinging(*times_ms: int) -> Liveness:
    liveness = Liveness(now_ns=0)
    for time_ms in times_ms:
        liveness.pinged(now_ns=ms(time_ms))
    return liveness


def test_who_never_pinged_may_be_silent() -> None:
    liveness = Liveness(now_ns=0)
    liveness.heard(now_ns=ms(100))

    assert not liveness.is_lost(now_ns=seconds(60))
    assert liveness.silent_ns(now_ns=seconds(60)) == seconds(60) - ms(100)


def test_a_page_that_pings_is_lost_at_the_end_of_the_bound_and_well_within_a_second() -> None:
    liveness = pinging(0, 250, 500)

    assert not liveness.is_lost(now_ns=ms(500) + LOST_AFTER_NS - 1)
    assert liveness.is_lost(now_ns=ms(500) + LOST_AFTER_NS)
    assert ms(750) >= LOST_AFTER_NS


def test_whatever_is_heard_counts() -> None:
    liveness = pinging(0, 250)
    liveness.heard(now_ns=ms(900))

    assert not liveness.is_lost(now_ns=ms(1_500))


def test_a_hidden_page_whose_timers_are_slow_is_waited_for() -> None:
    liveness = pinging(0, 1_000, 2_000)

    assert not liveness.is_lost(now_ns=ms(3_900))
    assert liveness.is_lost(now_ns=ms(4_000))


def test_who_comes_back_after_long_is_not_waited_for_any_longer() -> None:
    liveness = pinging(0, 250, 60_000)

    assert liveness.is_lost(now_ns=ms(62_000))


def test_who_is_heard_again_is_back() -> None:
    liveness = pinging(0, 250)
    assert liveness.is_lost(now_ns=seconds(5))
    liveness.heard(now_ns=seconds(5))

    assert not liveness.is_lost(now_ns=seconds(5) + 1)
