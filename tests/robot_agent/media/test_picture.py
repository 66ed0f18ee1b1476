from robot_agent.media.picture import RTP_TIME_SPAN, RtpClock
from teleop_core.timebase import seconds


def test_rtp_time_advances_with_the_capture_by_ninety_thousand_a_second() -> None:
    clock = RtpClock(origin=5)

    assert [clock.stamp(seconds(at_s)) for at_s in (1, 2, 2.5)] == [90_005, 180_005, 225_005]


def test_rtp_time_wraps() -> None:
    clock = RtpClock(origin=RTP_TIME_SPAN - 90_000)

    assert clock.stamp(seconds(1)) == 0


def test_two_pictures_never_share_an_rtp_time() -> None:
    clock = RtpClock(origin=0)
    stamps = [clock.stamp(at_ns) for at_ns in (seconds(1), seconds(1), seconds(0.5), seconds(2))]

    assert stamps == [90_000, 90_001, 90_002, 180_000]
