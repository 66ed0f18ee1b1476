"""What a driver states of its robot: gestures that the wire can carry."""

import pytest

from teleop_core.ports import Capabilities, Gesture
from teleop_core.wire.messages import LONGEST_GESTURE_MS, MAX_GESTURES


def robot(*gestures: Gesture) -> Capabilities:
    return Capabilities(
        model="m",
        max_vx_mps=1.0,
        max_vy_mps=0.0,
        max_wz_radps=1.0,
        max_accel_mps2=1.0,
        max_accel_radps2=1.0,
        native_time_limit=True,
        gestures=gestures,
    )


def test_a_robot_may_know_no_gesture() -> None:
    assert robot().gestures == ()


@pytest.mark.parametrize("name", ["w", "wave", "idle-alive", "kick2", "a" * 30])
def test_names_of_gestures(name: str) -> None:
    assert Gesture(name=name, lasts_ms=1).name == name


@pytest.mark.parametrize("name", ["", "Wave", "2kick", "-wave", "wave\n", "wave hello", "挥手", "a" * 31])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="gesture's name"):
        Gesture(name=name, lasts_ms=1000)


def test_a_gesture_takes_some_time_and_not_for_ever() -> None:
    assert Gesture(name="long", lasts_ms=LONGEST_GESTURE_MS).lasts_ms == 600_000
    for lasts_ms in (0, -1, LONGEST_GESTURE_MS + 1):
        with pytest.raises(ValueError, match="wave: expected 1 to 600000 ms"):
            Gesture(name="wave", lasts_ms=lasts_ms)


def test_a_robot_knows_each_gesture_once_and_not_too_many() -> None:
    many = tuple(Gesture(name=f"g{number}", lasts_ms=100) for number in range(MAX_GESTURES + 1))

    assert len(robot(*many[:-1]).gestures) == MAX_GESTURES == 32
    for gestures in (many, (many[0], Gesture(name="g0", lasts_ms=5))):
        with pytest.raises(ValueError, match="at most 32 gestures"):
            robot(*gestures)
