"""The scripted presenter's receiving end: pictures come out with their last packet, and with their true RTP time.

Contract tests: they hold the private names of aiortc 1.16 that `simulator.viewer` relies on.
"""

import asyncio

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from aiortc.rtp import RtpPacket
from av import VideoFrame

from simulator.viewer import PromptBuffer, Shown, Viewer
from tests.waiting import until


def packet(sequence_number: int, timestamp: int, text: bytes, *, marker: bool = False) -> RtpPacket:
    made = RtpPacket(payload_type=97, sequence_number=sequence_number, timestamp=timestamp, marker=marker)
    made._data = text  # type: ignore[attr-defined] # as aiortc's depayloader does
    return made


def pictures(buffer: PromptBuffer, *packets: RtpPacket) -> list[bytes]:
    return [frame.data for _, frame in map(buffer.add, packets) if frame is not None]


def test_a_picture_comes_out_with_its_last_packet() -> None:
    buffer = PromptBuffer()

    assert pictures(buffer, packet(1, 100, b"a")) == []
    assert pictures(buffer, packet(2, 100, b"b", marker=True)) == [b"ab"]
    assert pictures(buffer, packet(3, 200, b"c", marker=True)) == [b"c"]
    assert buffer.first_rtp_time == 100


def test_packets_out_of_order_wait_for_what_is_missing() -> None:
    buffer = PromptBuffer()
    pictures(buffer, packet(1, 100, b"a", marker=True))

    assert pictures(buffer, packet(3, 200, b"c", marker=True)) == []
    assert pictures(buffer, packet(2, 200, b"b")) == [b"bc"]


def test_sequence_numbers_wrap() -> None:
    buffer = PromptBuffer()

    made = pictures(
        buffer, packet(65_535, 100, b"a"), packet(0, 100, b"b", marker=True), packet(1, 200, b"c", marker=True)
    )

    assert made == [b"ab", b"c"]


def test_a_marker_that_was_lost_is_made_up_for_by_the_next_picture() -> None:
    buffer = PromptBuffer()

    made = pictures(buffer, packet(1, 100, b"a"), packet(2, 200, b"b"), packet(3, 200, b"c", marker=True))

    assert made == [b"a", b"bc"]


def test_a_hole_that_nothing_fills_is_given_up_for_a_keyframe() -> None:
    buffer = PromptBuffer()
    pictures(buffer, packet(1, 0, b"a", marker=True))

    asked = [buffer.add(packet(3 + count, 3000 * count, b"x", marker=True)) for count in range(1, 12)]

    assert asked[:9] == [(False, None)] * 9
    assert asked[-1] == (True, None)
    assert pictures(buffer, packet(15, 36_000, b"k", marker=True)) == [b"k"]


class Stripes(VideoStreamTrack):
    """A source whose pictures are even grey, a little brighter each."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        self.count += 1
        pixels = np.full((160 * 3 // 2, 320), 100 + self.count % 100, np.uint8)
        frame = VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


@pytest.mark.asyncio
async def test_a_session_shows_pictures_with_rising_rtp_times_and_carries_messages() -> None:
    shown: list[Shown] = []
    heard: list[bytes] = []
    viewer = Viewer(on_shown=shown.append, on_message=heard.append)
    robot = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    robot.addTrack(Stripes())
    robot.on("datachannel", lambda channel: channel.on("message", channel.send))
    try:
        await robot.setRemoteDescription(RTCSessionDescription(sdp=await viewer.offer(), type="offer"))
        await robot.setLocalDescription(await robot.createAnswer())
        watching = asyncio.create_task(viewer.watch(robot.localDescription.sdp))
        await until(lambda: len(shown) >= 5 and viewer.is_open)
        assert viewer.send(b'{"type":"ping"}')
        assert viewer.send(b"in the same turn")
        await until(lambda: len(heard) == 2)
    finally:
        await viewer.close()
        await robot.close()
    await watching

    assert sorted(heard) == [b"in the same turn", b'{"type":"ping"}']
    assert not viewer.send(b"too late")
    times = [each.rtp_time for each in shown]
    assert times == sorted(times)
    assert times[0] == viewer._buffer.first_rtp_time
    assert shown[0].luma().shape == (160, 320)
    assert 100 <= int(shown[0].luma().mean()) <= 200
