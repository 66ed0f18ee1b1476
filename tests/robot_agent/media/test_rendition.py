import asyncio
import threading
from collections.abc import Callable, Iterable
from types import SimpleNamespace

import av
import pytest
from structlog.testing import capture_logs

from robot_agent.media import rendition as module
from robot_agent.media.codecs import OpenCodec
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.keyframes import MIN_INTERVAL_NS
from robot_agent.media.picture import Picture
from robot_agent.media.rate.ladder import Target
from robot_agent.media.rendition import Rendition, Renditions
from robot_agent.media.settings import LowRenditionSettings, RenditionSettings, VideoSettings
from robot_agent.media.threads import LoopCalls, start_thread
from teleop_core.timebase import NS_PER_S
from teleop_core.wire.messages import Role
from tests.robot_agent.media import faulty_codec as faulty
from tests.robot_agent.media.scene import shot

FULL = Target(bitrate_bps=2_500_000, rate_hz=30)


@pytest.fixture
def high() -> Rendition:
    return Rendition("high", RenditionSettings())


def encoded(rendition: Rendition, numbers: Iterable[int]) -> list[Picture]:
    pictures = [rendition.encode(shot(number)) for number in numbers]
    return [picture for picture in pictures if picture is not None]


def keyframes(pictures: list[Picture]) -> list[int]:
    return [picture.rtp_time for picture in pictures if picture.keyframe]


def bits(pictures: list[Picture]) -> int:
    return 8 * sum(len(payload) for picture in pictures for payload in picture.payloads)


def test_a_picture_bears_the_times_of_its_capture(high: Rendition) -> None:
    one = shot(7)
    picture = high.encode(one)

    assert picture is not None
    assert (picture.rtp_time, picture.captured_ns) == (7, one.frame.captured_ns)


def test_another_bit_rate_or_picture_rate_costs_no_keyframe(high: Rendition) -> None:
    full = encoded(high, range(60))
    high.set_target(Target(bitrate_bps=600_000, rate_hz=30))
    less = encoded(high, range(60, 120))
    high.set_target(Target(bitrate_bps=600_000, rate_hz=15))
    seldom = encoded(high, range(120, 180))
    high.set_target(FULL)
    again = encoded(high, range(180, 240))

    assert keyframes(full + less + seldom + again) == [0]
    assert len(seldom) == pytest.approx(30, abs=1)
    assert bits(less) < 0.5 * bits(full)
    assert bits(again) > 2 * bits(less)


def test_another_scale_costs_exactly_one_keyframe_each_way(high: Rendition) -> None:
    pictures = encoded(high, range(5))
    high.set_target(Target(bitrate_bps=2_500_000, rate_hz=30, scale=0.5))
    pictures += encoded(high, range(5, 10))
    high.set_target(FULL)
    pictures += encoded(high, range(10, 15))

    assert keyframes(pictures) == [0, 5, 10]


def test_a_keyframe_that_a_change_of_scale_brings_serves_who_asks_meanwhile(high: Rendition) -> None:
    encoded(high, range(5))
    high.set_target(Target(bitrate_bps=2_500_000, rate_hz=30, scale=0.5))
    high.ask_keyframe()

    assert keyframes(encoded(high, range(5, 10))) == [5]


def test_a_target_is_moved_within_the_renditions_bounds(high: Rendition) -> None:
    high.set_target(Target(bitrate_bps=1, rate_hz=0, scale=0))
    assert high.target == Target(bitrate_bps=500_000, rate_hz=1, scale=0.1)

    high.set_target(Target(bitrate_bps=10**9, rate_hz=500, scale=3))
    assert high.target == FULL


def test_the_low_rendition_is_smaller_than_the_camera() -> None:
    picture = Rendition("low", LowRenditionSettings()).encode(shot(0, size=(640, 480)))

    assert picture is not None
    assert size_of(picture) == (320, 240)


def size_of(picture: Picture) -> tuple[int, int]:
    """Return width and height as a decoder reads them from the keyframe's STAP-A and FU-A payloads."""
    stream = b""
    for payload in picture.payloads:
        kind = payload[0] & 0x1F
        if kind == 24:
            at = 1
            while at < len(payload):
                length = int.from_bytes(payload[at : at + 2], "big")
                stream += b"\0\0\0\1" + payload[at + 2 : at + 2 + length]
                at += 2 + length
        elif kind == 28:
            begins = payload[1] & 0x80
            stream += (b"\0\0\0\1" + bytes([payload[0] & 0x60 | payload[1] & 0x1F]) if begins else b"") + payload[2:]
        else:
            stream += b"\0\0\0\1" + payload
    decoder = av.CodecContext.create("h264", "r")
    frames = decoder.decode(av.Packet(stream)) + decoder.decode(None)
    return frames[0].width, frames[0].height


def made_with(encoder: OpenCodec) -> Rendition:
    settings = RenditionSettings()
    return Rendition("high", settings, encoder=H264Encoder(settings, software=encoder))


@pytest.mark.parametrize("failure", [av.FFmpegError(1, "out of order"), RuntimeError("7"), MemoryError()])
def test_an_encoder_that_fails_goes_on_with_the_next_picture_and_a_keyframe(failure: Exception) -> None:
    high = made_with(faulty.failing([3], failure))
    with capture_logs() as lines:
        pictures = encoded(high, range(6))

    assert [picture.rtp_time for picture in pictures] == [0, 1, 2, 4, 5]
    assert keyframes(pictures) == [0, 4]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("encoder_failed", f"{type(failure).__name__}: {failure}")
    ]


def test_an_encoder_that_goes_on_failing_is_tried_again_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = 0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic_ns=lambda: now_ns))
    high = made_with(faulty.failing(range(3)))
    with capture_logs() as lines:
        for number in range(60):
            now_ns = number * NS_PER_S // 30
            if encoded(high, [number]):
                break

    assert number == 46  # at once, half a second later, and a second after that
    assert [line["retry_in_s"] for line in lines] == [0.0, 0.5, 1.0]


def test_a_picture_that_cannot_be_packetised_ends_the_encoder_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_: bytes) -> list[bytes]:
        raise IndexError("index out of range")

    high = Rendition("high", RenditionSettings())
    high.use_hardware(faulty.sound)
    with monkeypatch.context() as once, capture_logs() as lines:
        once.setattr(module, "packetise", unreadable)
        assert encoded(high, [0]) == []

    assert [line["event"] for line in lines] == ["encoder_failed", "encoder_fell_back"]
    assert keyframes(encoded(high, [1, 2])) == [1]


def test_only_presenters_get_the_high_rendition() -> None:
    both = Renditions.of(VideoSettings())

    assert [tuple(both)[both.best_for(role)].name for role in (Role.PRESENTER, Role.STAFF, Role.OBSERVER)] == [
        "high",
        "low",
        "low",
    ]


# With its thread


class Running:
    """Both renditions with their threads, as the pipeline has them."""

    def __init__(self) -> None:
        self.both = Renditions.of(VideoSettings())
        self._stopping = threading.Event()
        self._threads: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Renditions:
        for rendition in self.both:
            self._threads.append(start_thread(rendition.name, self._life_of(rendition)))
        return self.both

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await asyncio.gather(*self._threads)

    def _life_of(self, rendition: Rendition) -> Callable[[], None]:
        calls = LoopCalls(asyncio.get_running_loop(), limit=3)
        return lambda: rendition.encode_until(self._stopping, calls)


@pytest.mark.asyncio
async def test_each_rendition_encodes_only_while_it_is_watched_and_begins_with_a_keyframe() -> None:
    async with Running() as both:
        feed = both.high.join()
        assert (both.high.is_watched, both.low.is_watched) == (True, False)
        both.high.offer(shot(0))
        first = await feed.next()
        both.high.leave(feed)

        assert first.keyframe
        assert not both.high.is_watched


@pytest.mark.asyncio
async def test_what_waited_when_the_last_viewer_left_is_never_shown() -> None:
    async with Running() as both:
        both.high.offer(shot(1))
        feed = both.high.join()
        both.high.offer(shot(2))

        assert (await feed.next()).rtp_time == 2


@pytest.mark.asyncio
async def test_one_rendition_that_skips_and_shrinks_disturbs_the_other_in_nothing() -> None:
    async with Running() as both:
        high, low = both.high.join(), both.low.join()
        both.low.set_target(Target(bitrate_bps=100_000, rate_hz=1, scale=0.5))
        seen = []
        for number in range(40):
            both.low.offer(shot(number))
            both.high.offer(shot(number))
            seen.append(await high.next())

        assert [picture.rtp_time for picture in seen] == list(range(40))
        assert keyframes(seen) == [0]
        assert (await low.next()).rtp_time == 0


@pytest.mark.asyncio
async def test_a_viewer_goes_from_one_rendition_to_the_other_at_a_keyframe_without_a_step_back_in_time() -> None:
    async with Running() as both:
        watched, sent = both.high.join(), []
        for number in range(3):
            both.high.offer(shot(number))
            sent.append(await watched.next())
        wanted = both.low.join()
        for each in both:
            each.offer(shot(3))
        sent.append(await watched.next())
        while (picture := await wanted.next()).rtp_time <= sent[-1].rtp_time:
            both.low.ask_keyframe()
            await asyncio.sleep(MIN_INTERVAL_NS / NS_PER_S)
            both.low.offer(shot(sent[-1].rtp_time + 1))
        both.high.leave(watched)
        sent.append(picture)

        assert [each.rtp_time for each in sent] == [0, 1, 2, 3, 4]
        assert sent[-1].keyframe
        assert not both.high.is_watched
