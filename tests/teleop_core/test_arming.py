"""Hands off for 300 ms, seen without a gap, before the dead-man counts."""

import pytest

from teleop_core.arming import NEUTRAL_WITHIN, Arming
from teleop_core.geometry import STILL, Twist
from teleop_core.timebase import ms
from teleop_core.timing import Timing


@pytest.fixture
def arming() -> Arming:
    return Arming(timing=Timing())


def neutral(arming: Arming, *at_ms: float) -> None:
    for each in at_ms:
        arming.saw(STILL, dead_man=False, now_ns=ms(each))


def test_it_begins_disarmed(arming: Arming) -> None:
    assert not arming.is_armed


def test_300_ms_of_neutral_arm_and_not_a_nanosecond_less(arming: Arming) -> None:
    neutral(arming, 0, 100, 200)
    arming.saw(STILL, dead_man=False, now_ns=ms(300) - 1)
    assert not arming.is_armed

    neutral(arming, 300)
    assert arming.is_armed


def test_one_neutral_command_is_not_enough_however_long_ago(arming: Arming) -> None:
    neutral(arming, 0)
    assert not arming.is_armed

    neutral(arming, 10_000)
    assert not arming.is_armed, "nobody saw the hand meanwhile"


def test_a_gap_of_250_ms_starts_the_count_anew(arming: Arming) -> None:
    neutral(arming, 0, 100, 350, 450, 550)
    assert not arming.is_armed

    neutral(arming, 650)
    assert arming.is_armed


def test_a_gap_just_shorter_does_not(arming: Arming) -> None:
    neutral(arming, 0, 100, 349.9)
    assert arming.is_armed


def test_the_dead_man_starts_the_count_anew(arming: Arming) -> None:
    neutral(arming, 0, 100, 200)
    arming.saw(STILL, dead_man=True, now_ns=ms(250))
    neutral(arming, 300, 400, 500)
    assert not arming.is_armed

    neutral(arming, 600)
    assert arming.is_armed


@pytest.mark.parametrize(
    "deflected",
    [Twist(vx_mps=0.021), Twist(vy_mps=-0.021), Twist(wz_radps=-0.021), Twist(0.015, 0.015)],
    ids=["forward", "right", "turning", "askew"],
)
def test_a_deflected_stick_starts_the_count_anew(arming: Arming, deflected: Twist) -> None:
    neutral(arming, 0, 100, 200)
    arming.saw(deflected, dead_man=False, now_ns=ms(250))
    neutral(arming, 300)
    assert not arming.is_armed


def test_a_centred_stick_may_be_a_little_off(arming: Arming) -> None:
    for at_ms in (0, 100, 200, 300):
        arming.saw(Twist(NEUTRAL_WITHIN, 0.0, -NEUTRAL_WITHIN), dead_man=False, now_ns=ms(at_ms))
    assert arming.is_armed


def test_once_armed_the_hand_may_do_anything(arming: Arming) -> None:
    neutral(arming, 0, 150, 300)
    arming.saw(Twist(vx_mps=1.0), dead_man=True, now_ns=ms(320))
    assert arming.is_armed


def test_disarming_asks_for_the_whole_300_ms_again(arming: Arming) -> None:
    neutral(arming, 0, 150, 300)
    arming.disarm()
    assert not arming.is_armed

    neutral(arming, 320, 470, 619.9)
    assert not arming.is_armed
    neutral(arming, 620)
    assert arming.is_armed
