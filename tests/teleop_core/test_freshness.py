"""How old is what the sender knew, on the robot's own clock."""

from hypothesis import given
from hypothesis import strategies as st

from teleop_core.freshness import BEACONS_KEPT, PICTURES_KEPT, BeaconLog, PictureLog
from teleop_core.timebase import ms


def test_a_beacon_ages_from_when_it_left() -> None:
    log = BeaconLog()
    log.left(7, now_ns=ms(100))

    assert log.age_ns(7, now_ns=ms(100)) == 0
    assert log.age_ns(7, now_ns=ms(350)) == ms(250)


def test_a_beacon_that_never_left_has_no_age() -> None:
    log = BeaconLog()
    assert log.age_ns(1, now_ns=ms(100)) is None
    assert not log.is_forgotten(1)

    log.left(7, now_ns=ms(100))
    assert log.age_ns(8, now_ns=ms(100)) is None
    assert not log.is_forgotten(8)
    assert not log.is_forgotten(7)


def test_a_beacon_older_than_all_that_are_kept_is_forgotten_not_unknown() -> None:
    log = BeaconLog(kept=3)
    for tick in (1, 2, 3, 4):
        log.left(tick, now_ns=ms(tick))

    assert log.age_ns(1, now_ns=ms(10)) is None
    assert log.is_forgotten(1)
    assert log.age_ns(2, now_ns=ms(10)) == ms(8)
    assert not log.is_forgotten(2)


def test_an_age_is_never_below_zero() -> None:
    beacons, pictures = BeaconLog(), PictureLog()
    beacons.left(1, now_ns=ms(100))
    pictures.captured(9, captured_ns=ms(100))

    assert beacons.age_ns(1, now_ns=ms(99)) == 0
    assert pictures.age_ns(9, now_ns=ms(99)) == 0


def test_a_picture_ages_from_its_capture() -> None:
    log = PictureLog()
    log.captured(2**32 - 1, captured_ns=ms(10))
    log.captured(0, captured_ns=ms(43))  # the RTP time wraps

    assert log.age_ns(2**32 - 1, now_ns=ms(50)) == ms(40)
    assert log.age_ns(0, now_ns=ms(50)) == ms(7)
    assert log.age_ns(1, now_ns=ms(50)) is None


def test_an_rtp_time_that_comes_round_again_means_the_newer_picture() -> None:
    log = PictureLog(kept=2)
    log.captured(5, captured_ns=ms(1))
    log.captured(6, captured_ns=ms(2))
    log.captured(5, captured_ns=ms(3))
    log.captured(7, captured_ns=ms(4))

    assert log.age_ns(5, now_ns=ms(10)) == ms(7)
    assert log.age_ns(6, now_ns=ms(10)) is None, "the oldest is forgotten first, and 5 was renewed"


@given(st.lists(st.integers(min_value=0, max_value=2**32 - 1), max_size=600))
def test_memory_is_bounded_and_keeps_the_newest(times: list[int]) -> None:
    beacons, pictures = BeaconLog(), PictureLog()
    for at, each in enumerate(times):
        beacons.left(each, now_ns=at)
        pictures.captured(each, captured_ns=at)

    assert len(beacons._left_ns) <= BEACONS_KEPT
    assert len(pictures._captured_ns) <= PICTURES_KEPT
    if times:
        assert beacons.age_ns(times[-1], now_ns=len(times)) == 1
        assert pictures.age_ns(times[-1], now_ns=len(times)) == 1


def test_256_beacons_and_pictures_are_remembered_and_not_one_more() -> None:
    beacons, pictures = BeaconLog(), PictureLog()
    for number in range(257):
        beacons.left(number, now_ns=number)
        pictures.captured(number, captured_ns=number)

    assert beacons.is_forgotten(0)
    assert beacons.age_ns(1, now_ns=300) == 299
    assert pictures.age_ns(0, now_ns=300) is None
    assert pictures.age_ns(1, now_ns=300) == 299
