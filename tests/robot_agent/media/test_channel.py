import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from aiortc import RTCDataChannel

from robot_agent.media.channel import MAX_WAITING_BYTES, MotionChannel
from teleop_core.wire.messages import Lane, PictureArrivals

pytestmark = pytest.mark.asyncio


class StuckChannel:
    """A data channel whose bytes leave only when `drain` is called."""

    def __init__(self) -> None:
        self.readyState = "open"
        self.bufferedAmount = 0
        self.sent: list[str] = []
        self.deliver: Callable[[str | bytes], None] = lambda _: None

    def on(self, _: str, receiver: Callable[[str | bytes], None]) -> None:
        self.deliver = receiver

    def send(self, frame: str) -> None:
        self.bufferedAmount += len(frame)
        self.sent.append(frame)

    def drain(self) -> None:
        self.bufferedAmount = 0


class Page:
    """What comes through the channel."""

    def __init__(self) -> None:
        self.stuck = StuckChannel()
        self.frames: list[bytes] = []
        self.heard = 0
        self.pings = 0
        self.arrivals: list[PictureArrivals] = []
        self.channel = MotionChannel(
            cast("RTCDataChannel", self.stuck),
            on_frame=self.frames.append,
            on_heard=self._hear,
            on_ping=self._count_ping,
            on_arrivals=self.arrivals.append,
            clock=lambda: 1_234_567_890,
        )

    def _hear(self) -> None:
        self.heard += 1

    def _count_ping(self) -> None:
        self.pings += 1


async def test_state_is_skipped_while_an_earlier_frame_waits() -> None:
    page = Page()
    assert page.channel.send(Lane.STATE, b"1")
    await asyncio.sleep(0)
    assert not page.channel.send(Lane.STATE, b"2")

    page.stuck.drain()
    assert page.channel.send(Lane.STATE, b"3")
    assert page.stuck.sent == ["1", "3"]


async def test_frames_of_one_turn_go_out_together() -> None:
    page = Page()
    assert page.channel.send(Lane.EVENT, b"status")
    assert page.channel.send(Lane.STATE, b"telemetry")


async def test_events_wait_up_to_a_bound() -> None:
    page = Page()
    sent = [page.channel.send(Lane.EVENT, b"x" * 1_000) for _ in range(100)]

    assert sent.count(True) == MAX_WAITING_BYTES // 1_000 + 1
    assert sent == sorted(sent, reverse=True)


async def test_nothing_is_sent_through_a_channel_that_is_not_open() -> None:
    page = Page()
    page.stuck.readyState = "closing"

    assert not page.channel.send(Lane.EVENT, b"x")


@pytest.mark.parametrize("frame", ['{"type":"ping","id":"p"}', b'{"type":"ping","id":"p"}'], ids=["text", "bytes"])
async def test_a_ping_is_answered_and_kept_here(frame: str | bytes) -> None:
    page = Page()
    page.stuck.deliver(frame)

    assert page.stuck.sent == ['{"type":"pong","id":"p","clock_us":1234567}']
    assert not page.frames
    assert (page.heard, page.pings) == (1, 1)


async def test_when_pictures_came_is_kept_here() -> None:
    page = Page()
    page.stuck.deliver('{"type":"picture_arrivals","rtp_times":[7],"at_ms":[1.5]}')

    assert page.arrivals == [PictureArrivals(rtp_times=(7,), at_ms=(1.5,))]
    assert not page.frames
    assert not page.stuck.sent
    assert (page.heard, page.pings) == (1, 0)


@pytest.mark.parametrize(
    "frame", ['{"type":"ping"}', '{"type":"picture_arrivals"}', '{"type":"drive","x":"ping"}', "not json", '"ping"']
)
async def test_whatever_is_not_for_the_media_plane_is_passed_on_as_it_came(frame: str) -> None:
    page = Page()
    page.stuck.deliver(frame)

    assert page.frames == [frame.encode()]
    assert not page.stuck.sent
    assert (page.heard, page.pings) == (1, 0)
