import pytest

from robot_agent.media.fanout import QUEUE_PICTURES, Fanout, Feed
from robot_agent.media.picture import Picture

pytestmark = pytest.mark.asyncio


def picture(number: int, *, keyframe: bool = False) -> Picture:
    return Picture(
        payloads=(b"x",),
        rtp_time=number,
        captured_ns=number,
        since_ns=number,
        taken_ns=number,
        encoded_ns=number,
        keyframe=keyframe,
    )


class Encoder:
    """Counts what the fan-out asks of the encoder."""

    def __init__(self) -> None:
        self.keyframes_asked = 0
        self.watched: list[bool] = []

    def ask_keyframe(self) -> None:
        self.keyframes_asked += 1


def fanout_of(encoder: Encoder) -> Fanout:
    fanout = Fanout(ask_keyframe=encoder.ask_keyframe, on_change=lambda: encoder.watched.append(len(fanout) > 0))
    return fanout


async def taken(feed: Feed, count: int) -> list[int]:
    return [(await feed.next()).rtp_time for _ in range(count)]


async def test_a_feed_begins_with_a_keyframe() -> None:
    encoder = Encoder()
    fanout = fanout_of(encoder)
    feed = fanout.join()
    for one in (picture(1), picture(2, keyframe=True), picture(3)):
        fanout.deliver(one)

    assert await taken(feed, 2) == [2, 3]
    assert encoder.keyframes_asked == 1


async def test_a_feed_that_is_not_emptied_is_bounded_and_resumes_with_a_keyframe_that_it_asks_for() -> None:
    encoder = Encoder()
    fanout = fanout_of(encoder)
    feed = fanout.join()
    fanout.deliver(picture(0, keyframe=True))
    for number in range(1, QUEUE_PICTURES + 5):
        fanout.deliver(picture(number))
    assert encoder.keyframes_asked == 2

    fanout.deliver(picture(90, keyframe=True))
    fanout.deliver(picture(91))
    assert await taken(feed, 2) == [90, 91]


async def test_a_slow_feed_costs_another_nothing() -> None:
    fanout = fanout_of(Encoder())
    fanout.join()
    quick = fanout.join()
    fanout.deliver(picture(0, keyframe=True))
    seen = await taken(quick, 1)
    for number in range(1, 50):
        fanout.deliver(picture(number))
        seen += await taken(quick, 1)

    assert seen == list(range(50))


async def test_a_keyframe_makes_whatever_still_waits_unneeded() -> None:
    fanout = fanout_of(Encoder())
    feed = fanout.join()
    for one in (picture(1, keyframe=True), picture(2), picture(3, keyframe=True)):
        fanout.deliver(one)

    assert await taken(feed, 1) == [3]


async def test_the_encoder_works_from_the_first_viewer_to_the_last() -> None:
    encoder = Encoder()
    fanout = fanout_of(encoder)
    first, second = fanout.join(), fanout.join()
    fanout.leave(first)
    fanout.leave(first)
    assert encoder.watched == [True]

    fanout.leave(second)
    assert encoder.watched == [True, False]
    assert len(fanout) == 0
