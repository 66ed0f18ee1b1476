"""The picture that the media plane sends, against real WebRTC peers in one process."""

import asyncio
import threading

import av
import pytest
from aiortc.clock import current_ntp_time
from aiortc.rtp import RtpPacket

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.rtp import PLAYOUT_DELAY_URI
from robot_agent.media.stand_in import MAX_BACKLOG_BYTES
from teleop_core.wire.codec import decode_to_person
from teleop_core.wire.messages import (
    PictureTimes,
    Role,
)
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.scene import NoisyScene

pytestmark = pytest.mark.asyncio


async def test_a_viewer_sees_the_camera(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()

    frames = await viewer.see(5)

    assert (frames[0].width, frames[0].height) == (320, 240)


async def test_pictures_in_planar_yuv_are_sent_as_well(make_stage: MakeStage) -> None:
    stage = await make_stage(camera=NoisyScene(pixel_format="yuv420p"))
    viewer = await stage.viewer("ana").connect()

    assert await viewer.see(3)


async def test_all_viewers_get_the_same_rtp_times_and_the_agent_knows_when_each_was_captured(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    bo = await stage.viewer("bo").connect()
    await bo.see(10)
    await ana.see(10)

    assert len(ana.rtp_times() & bo.rtp_times()) >= 8
    assert ana.rtp_times() | bo.rtp_times() <= stage.captured.keys()


async def test_viewers_share_the_payloads_of_each_picture(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    bo = await stage.viewer("bo").connect()
    await bo.see(5)
    common = sorted(ana.rtp_times() & bo.rtp_times())[1]

    assert [a.packet.payload for a in ana.packets if a.packet.timestamp == common] == [
        a.packet.payload for a in bo.packets if a.packet.timestamp == common
    ]


async def test_a_late_viewer_begins_with_a_keyframe(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    await ana.see(10)
    bo = await stage.viewer("bo").connect()
    await bo.see(1)

    assert bo.keyframes()[0] == bo.packets[0].packet.timestamp
    assert len(ana.keyframes()) <= 2


async def test_a_lost_picture_is_asked_for_and_comes_as_a_keyframe(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.see(3)
    before = len(viewer.keyframes())

    await viewer.receiver._send_rtcp_pli(viewer.packets[-1].packet.ssrc)

    await viewer.until(lambda: len(viewer.keyframes()) > before)


async def test_a_lost_packet_is_repaired(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    lost: list[int] = []

    def lose_the_tenth(packet: RtpPacket) -> bool:
        if len(viewer.packets) != 10 or lost:
            return False
        lost.append(packet.sequence_number)
        return True

    viewer.loses = lose_the_tenth
    await viewer.connect()
    await viewer.until(lambda: any(a.packet.ssrc != viewer.packets[0].packet.ssrc for a in viewer.packets))
    repair = next(a.packet for a in viewer.packets if a.packet.ssrc != viewer.packets[0].packet.ssrc)

    assert int.from_bytes(repair.payload[:2], "big") == lost[0]


async def test_playout_delay_zero_is_negotiated_and_sent_on_every_packet(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    line = next(line for line in viewer.answer.splitlines() if PLAYOUT_DELAY_URI in line)
    x_id = int(line.removeprefix("a=extmap:").split()[0])

    assert {a.extensions[x_id] for a in viewer.packets} == {b"\x00\x00\x00"}


async def test_the_answer_sends_h264_baseline_one_way(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()

    assert "a=sendonly" in viewer.answer
    assert "packetization-mode=1;profile-level-id=42e01f" in viewer.answer
    assert "VP8" not in viewer.answer


async def test_sender_reports_tie_the_rtp_time_to_the_wall_clock_of_the_capture(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.until(lambda: bool(viewer.reports))
    report = viewer.reports[-1].sender_info
    age_s = (current_ntp_time() - report.ntp_timestamp) / 2**32

    assert report.rtp_timestamp in stage.captured
    assert 0 <= age_s < 5


async def test_a_viewer_is_told_when_its_pictures_were_captured(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.until(lambda: bool(viewer.times))
    told = decode_to_person(viewer.times[0])

    assert isinstance(told, PictureTimes)
    for picture in told.pictures:
        assert picture.captured_us == stage.captured[picture.rtp_time] // 1_000
        assert picture.encoding_us > 0


async def test_nothing_is_encoded_while_nobody_watches(stage: Stage) -> None:
    talker = await stage.viewer("talker").connect(video=False)
    assert stage.plane.viewers == 0
    assert not stage.captured

    watcher = await stage.viewer("watcher").connect()
    await watcher.see(2)
    await watcher.hang_up()
    assert stage.plane.viewers == 0
    await asyncio.sleep(0.1)  # a picture that was under way
    count = len(stage.captured)
    await asyncio.sleep(0.3)

    assert len(stage.captured) == count
    assert talker.channel.readyState == "open"


async def test_a_viewer_whose_transport_hangs_does_not_delay_another(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    bo = await stage.viewer("bo").connect()
    await bo.see(2)

    released = asyncio.Event()

    async def hang(data: bytes) -> None:
        await released.wait()

    link = stage.plane._links["bo"]
    link._connection.getTransceivers()[0].receiver.transport.transport._send = hang  # a stall
    seen = len(ana.shown)

    await ana.see(seen + 20)
    released.set()


async def test_a_path_that_backs_up_gets_no_more_pictures_until_it_is_free_and_then_a_keyframe(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    with monkeypatch.context() as backed_up:
        backed_up.setattr(seams, "backlog_bytes", lambda _: MAX_BACKLOG_BYTES + 1)
        await asyncio.sleep(0.3)
        count, keyframes = len(viewer.rtp_times()), len(viewer.keyframes())
        await asyncio.sleep(0.3)
        assert len(viewer.rtp_times()) == count

    await viewer.until(lambda: len(viewer.rtp_times()) > count)
    assert len(viewer.keyframes()) == keyframes + 1


async def test_an_encoder_that_fails_on_a_picture_goes_on_with_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    failed = threading.Event()

    def fail(*_: object, **__: object) -> None:
        failed.set()
        raise av.FFmpegError(1, "out of order")

    with monkeypatch.context() as broken:
        broken.setattr(H264Encoder, "encode", fail)
        assert await asyncio.to_thread(failed.wait, 5)
    seen = len(viewer.shown)

    await viewer.see(seen + 5)


async def test_a_camera_that_stalls_is_shown_again_when_it_is_back(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    stage.camera.stalled.set()
    await asyncio.sleep(0.5)
    seen = len(viewer.shown)
    stage.camera.stalled.clear()

    await viewer.see(seen + 5)


async def test_presenters_get_the_high_rendition_and_everybody_else_the_low_one(stage: Stage) -> None:
    presenter = await stage.viewer("ana").connect()
    others = [await stage.viewer(role.value, role).connect() for role in (Role.STAFF, Role.OBSERVER)]
    for viewer in (presenter, *others):
        await viewer.see(3)

    assert [(v.shown[0].width, v.shown[0].height) for v in (presenter, *others)] == [(320, 240), *[(160, 120)] * 2]
    assert presenter.rtp_times() & others[0].rtp_times() & others[1].rtp_times()
    assert others[0].rtp_times() <= stage.captured.keys()
    assert stage.plane.viewers == 3
