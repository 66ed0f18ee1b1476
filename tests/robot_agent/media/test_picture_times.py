from robot_agent.media.picture import Picture
from robot_agent.media.picture_times import EACH_OF, MAX_TOLD, PictureTimesLog
from teleop_core.timebase import ms
from teleop_core.wire.messages import PictureTime, PictureTimes


def picture(number: int) -> Picture:
    """Return one of thirty pictures a second, whose encoding began after 2 ms and took 4."""
    captured_ns = ms(33 * number)
    return Picture(
        payloads=(b"x",),
        rtp_time=3_000 * number,
        captured_ns=captured_ns,
        since_ns=captured_ns,
        taken_ns=captured_ns + ms(2),
        encoded_ns=captured_ns + ms(6),
        keyframe=False,
    )


def told_after(log: PictureTimesLog, numbers: range) -> list[PictureTimes]:
    told = [log.sent(picture(number), now_ns=ms(33 * number + 7)) for number in numbers]
    return [each for each in told if each is not None]


def test_one_picture_of_three_is_told_of_twice_a_second() -> None:
    told = told_after(PictureTimesLog(), range(61))

    assert [len(each.pictures) for each in told] == [6, 5, 6]
    assert told[0].pictures[1] == PictureTime(rtp_time=9_000, captured_us=99_000, waited_us=2_000, encoding_us=4_000)


def test_no_message_grows_beyond_its_bound() -> None:
    log = PictureTimesLog()
    for number in range(EACH_OF * (MAX_TOLD + 5)):
        log.sent(picture(number), now_ns=0)
    last = log.sent(picture(1), now_ns=ms(500))

    assert last is not None
    assert len(last.pictures) == MAX_TOLD


def test_a_viewer_that_gets_no_pictures_for_a_while_is_told_of_none() -> None:
    log = PictureTimesLog()
    log.sent(picture(0), now_ns=0)
    first = log.sent(picture(1), now_ns=ms(500))
    second = log.sent(picture(2), now_ns=ms(1_000))

    assert first is not None
    assert second is None
