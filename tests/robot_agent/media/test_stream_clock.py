from robot_agent.media.stream_clock import WINDOW_NS, StreamClock
from teleop_core.timebase import ms, seconds

ARRIVED = seconds(500)  # the first picture, whose timestamp is 33 ms


def age_ms(clock: StreamClock, position_ms: float, *, late_ms: float = 0) -> float:
    now_ns = ARRIVED + ms(position_ms + late_ms)
    return (now_ns - clock.captured_ns(ms(position_ms), now_ns=now_ns)) / 1e6


def test_a_steady_stream_is_always_of_now() -> None:
    clock = StreamClock()

    assert [age_ms(clock, 33 * count) for count in range(1, 100)] == [0] * 99


def test_what_comes_late_is_as_old_as_it_is_late_and_no_longer() -> None:
    clock = StreamClock()

    assert [age_ms(clock, 33 * count, late_ms=late) for count, late in enumerate((0, 50, 700, 0), 1)] == [0, 50, 700, 0]


def test_the_earliest_counts_though_it_is_not_the_first() -> None:
    clock = StreamClock()
    age_ms(clock, 33, late_ms=400)

    assert age_ms(clock, 66, late_ms=0) == 0
    assert age_ms(clock, 99, late_ms=400) == 400


def test_a_camera_whose_clock_is_slow_does_not_look_ever_older() -> None:
    clock = StreamClock()
    oldest = max(age_ms(clock, 40 * count, late_ms=40 * count * 1e-3) for count in range(1, 25 * 120))

    assert 0 < oldest <= 2 * WINDOW_NS / 1e6 * 1e-3 + 1


def test_a_stream_that_begins_anew_is_of_now() -> None:
    clock = StreamClock()
    age_ms(clock, 60_000)

    assert clock.captured_ns(ms(33), now_ns=ARRIVED + ms(70_000)) == ARRIVED + ms(70_000)


def test_a_stream_without_timestamps_is_of_now() -> None:
    assert StreamClock().captured_ns(0, now_ns=ARRIVED) == ARRIVED
