"""How the body is carried: no faster than it may, no farther than it can, and at rest when it is stopped."""

import math

import pytest

from teleop_core.bearing import AHEAD, BACK_RADPS, LOOK_RADPS, VOICE_LIFE_NS, Bearing, Carriage, LookRange
from teleop_core.timebase import ms

REACH = LookRange(pan_rad=1.0, tilt_rad=0.3)
TICK_NS = ms(20)


class Body:
    def __init__(self, reach: LookRange = REACH) -> None:
        self.carriage = Carriage(look=reach)
        self.now_ns = 0
        self.tick()

    def tick(self, *, stopped: bool = False, driven: bool = True, talks: bool = True) -> Bearing:
        self.now_ns += TICK_NS
        return self.carriage.tick(stopped=stopped, driven=driven, talks=talks, now_ns=self.now_ns)

    def run(self, for_ms: int, **how: bool) -> Bearing:
        bearing = self.carriage.bearing
        for _ in range(for_ms // 20):
            bearing = self.tick(**how)
        return bearing


def test_it_turns_no_faster_than_it_may_and_no_farther_than_it_can() -> None:
    body = Body()
    body.carriage.look(9.0, -9.0)

    assert body.tick().pan_rad == pytest.approx(LOOK_RADPS * 0.02)
    assert body.run(2000) == Bearing(1.0, -0.3)


def test_a_body_that_cannot_looks_ahead() -> None:
    body = Body(LookRange())
    body.carriage.look(1.0, 1.0)

    assert body.run(2000) == AHEAD
    assert not body.carriage.range.is_any
    assert LookRange(tilt_rad=0.1).is_any


def test_what_is_no_number_is_ahead() -> None:
    body = Body()
    body.carriage.look(math.nan, math.inf)
    body.carriage.voice(math.nan, now_ns=body.now_ns)

    assert body.run(1000) == AHEAD


def test_when_nobody_drives_it_turns_back_gently() -> None:
    body = Body()
    body.carriage.look(1.0, 0.0)
    body.run(2000)

    assert body.tick(driven=False).pan_rad == pytest.approx(1.0 - BACK_RADPS * 0.02)
    assert body.run(3000, driven=False) == AHEAD


def test_a_stop_leaves_the_look_as_it_is_and_ends_all_else_at_once() -> None:
    body = Body()
    body.carriage.look(1.0, 0.2)
    body.carriage.voice(1.0, now_ns=body.now_ns)
    was = body.run(200)
    assert was.talk > 0.5

    assert body.run(2000, stopped=True) == Bearing(was.pan_rad, was.tilt_rad)
    assert body.run(200) == Bearing(was.pan_rad, was.tilt_rad)  # and goes on from nothing


def test_it_moves_with_a_voice_for_as_long_as_that_is_heard() -> None:
    body = Body()
    body.carriage.voice(0.5, now_ns=body.now_ns)
    assert 0.0 < body.tick().talk < 0.1
    assert body.run(200).talk == 0.5
    body.now_ns += VOICE_LIFE_NS
    body.run(400)
    assert body.carriage.bearing.talk == 0.0


@pytest.mark.parametrize(("level", "talk"), [(2.0, 1.0), (-1.0, 0.0)])
def test_a_level_beyond_all_bounds_is_within_them(level: float, talk: float) -> None:
    body = Body()
    body.carriage.voice(level, now_ns=body.now_ns)

    assert body.run(280).talk == talk


def test_where_it_may_not_it_keeps_still() -> None:
    body = Body()
    body.carriage.voice(1.0, now_ns=body.now_ns)

    assert body.run(200, talks=False).talk == 0.0


def test_a_late_tick_turns_no_farther() -> None:
    body = Body()
    body.carriage.look(1.0, 0.0)
    body.now_ns += ms(5000)

    assert body.tick().pan_rad == pytest.approx(LOOK_RADPS * 0.1)


def test_another_body_has_another_reach() -> None:
    body = Body()
    body.carriage.look(1.0, 0.0)
    body.carriage.learn(LookRange(pan_rad=0.5))
    assert body.run(1000) == AHEAD
    body.carriage.look(1.0, 0.0)

    assert body.run(1000) == Bearing(0.5, 0.0)
