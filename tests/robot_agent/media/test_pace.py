import pytest

from robot_agent.media.pace import Pace
from teleop_core.timebase import NS_PER_S, ms


def taken(pace: Pace, times_ns: list[int], *, rate_hz: float) -> list[int]:
    return [at for at in times_ns if pace.takes(at, rate_hz=rate_hz)]


def steady(rate_hz: float, *, seconds: float = 10, from_ns: int = 0) -> list[int]:
    return [from_ns + round(n * NS_PER_S / rate_hz) for n in range(round(rate_hz * seconds))]


@pytest.mark.parametrize("camera_hz", [15, 24, 29.97, 30, 30.3])
def test_a_camera_at_the_rate_or_slower_loses_no_picture(camera_hz: float) -> None:
    captures = steady(camera_hz)

    assert taken(Pace(), captures, rate_hz=30) == captures


@pytest.mark.parametrize(("camera_hz", "rate_hz"), [(60, 30), (30, 15), (30, 20), (30, 10), (50, 30), (30, 1)])
def test_a_faster_camera_is_thinned_out_to_the_rate(camera_hz: float, rate_hz: float) -> None:
    seen = taken(Pace(), steady(camera_hz), rate_hz=rate_hz)

    assert len(seen) == pytest.approx(10 * rate_hz, rel=0.1)


def test_half_the_rate_is_every_second_picture_even_when_the_camera_is_not_quite_steady() -> None:
    captures = [at + (ms(5) if n % 3 == 0 else 0) for n, at in enumerate(steady(30))]

    assert taken(Pace(), captures, rate_hz=15) == captures[::2]


def test_pictures_after_a_stall_come_at_the_rate_and_are_not_made_up_for() -> None:
    pace = Pace()
    taken(pace, steady(30, seconds=1), rate_hz=15)
    later = steady(30, seconds=2, from_ns=60 * NS_PER_S)

    assert len(taken(pace, later, rate_hz=15)) == pytest.approx(30, abs=1)


def test_a_rate_that_rises_holds_at_once() -> None:
    pace = Pace()
    taken(pace, [0], rate_hz=1)

    assert taken(pace, [ms(33), ms(67), ms(100)], rate_hz=30)[0] <= ms(67)
