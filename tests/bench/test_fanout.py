import pytest

from bench.fanout import Cost, per_viewer
from bench.light_viewers import feedback_of
from robot_agent.media.rate.twcc import feedback_in


def cost(viewers: int, cpu: float) -> Cost:
    return Cost(viewers=viewers, cpu=cpu, kbps=2_000, fps=30)


def test_what_one_more_viewer_costs_is_the_slope_whatever_the_first_costs() -> None:
    assert per_viewer([cost(10, 0.29), cost(4, 0.23), cost(1, 0.20)]) == pytest.approx(0.01)


def test_a_single_reading_that_is_off_moves_the_slope_a_little_only() -> None:
    costs = [cost(count, 0.2 + 0.01 * count) for count in (10, 8, 4, 2)]

    assert per_viewer([*costs, cost(1, 0.23)]) == pytest.approx(0.01, abs=0.003)


def test_the_feedback_of_a_light_viewer_says_what_came_and_when() -> None:
    ticks = {65_534: 1_000, 65_535: 1_004, 65_537: 1_003, 65_538: 3_000}
    written = feedback_of(ticks, ssrc=7, count=3)
    (read,) = feedback_in(written)
    first_ns = read.arrivals[0][1]

    assert (read.base, read.count) == (65_534, 5)
    assert [(number, (at_ns - first_ns) // 250_000) for number, at_ns in read.arrivals] == [
        (65_534, 0),
        (65_535, 4),
        (1, 3),
        (2, 2_000),
    ]
