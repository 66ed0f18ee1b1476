"""The media plane against real WebRTC peers, in one process."""

import asyncio
import threading
from typing import cast

import av
import pytest
from aioice import stun
from aiortc import RTCIceGatherer
from aiortc.clock import current_ntp_time
from aiortc.rtp import RtpPacket

from robot_agent.media import aiortc_seams as seams
from robot_agent.media import steady_camera
from robot_agent.media.cameras import MountedCamera
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.rtp import PLAYOUT_DELAY_URI
from robot_agent.media.settings import VideoSettings
from robot_agent.media.stand_in import MAX_BACKLOG_BYTES
from robot_agent.media.turn.room import TurnRoom
from robot_agent.media.turn.servers import Choice, Transport, TurnServer
from teleop_core.errors import ConfigError
from teleop_core.ports import Camera, Frame
from teleop_core.wire.codec import MAX_FRAME_BYTES, decode_to_person
from teleop_core.wire.messages import (
    Ack,
    CameraHealth,
    ChooseCamera,
    IceServer,
    Lane,
    PictureTimes,
    Refusal,
    Role,
    RtcAnswer,
    RtcCandidate,
    RtcClose,
    RtcOffer,
    Verdict,
)
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.scene import NoisyScene

pytestmark = pytest.mark.asyncio


# The picture


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


async def test_another_camera_becomes_the_picture_without_a_new_session(make_stage: MakeStage) -> None:
    front = NoisyScene(width_px=640, height_px=480)
    stage = await make_stage(others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    answer = await stage.plane.receive("bo", Role.STAFF, ChooseCamera(id="c", name="front"))
    await viewer.until(lambda: viewer.shown[-1].width == 640)

    assert answer == Ack(id="c", verdict=Verdict.DONE)
    assert stage.plane.peers == {"ana"}
    assert len({arrived.packet.ssrc for arrived in viewer.packets}) == 1
    assert stage.told[-1].main == "front"


async def test_a_picture_whose_drive_camera_stalls_grows_old_though_it_goes_on(make_stage: MakeStage) -> None:
    head, front = NoisyScene(), NoisyScene()
    stage = await make_stage(camera=head, others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)
    head.stalled.set()
    await asyncio.sleep(0.5)
    seen = len(viewer.shown)
    await viewer.see(seen + 5)

    assert len(set(list(stage.captured.values())[-5:])) == 1


async def test_a_camera_that_is_away_is_told_and_that_it_is_back(make_stage: MakeStage) -> None:
    stage = await make_stage()
    healths = [CameraHealth.LIVE, CameraHealth.ABSENT, CameraHealth.LIVE]
    for stalls, health in zip((False, True, False), healths, strict=True):
        (stage.camera.stalled.set if stalls else stage.camera.stalled.clear)()
        while not stage.told or stage.told[-1].cameras[0].health is not health:  # noqa: ASYNC110 - the test has a limit
            await asyncio.sleep(0.01)

    assert {cameras.cameras[0].missing for cameras in stage.told} == {""}  # its driver does not know
    told = [cameras.cameras[0].health for cameras in stage.told]
    assert [health for health, before in zip(told, [None, *told], strict=False) if health is not before][-3:] == healths


class BrokenScene(NoisyScene):
    """A camera that raises while `broken` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = threading.Event()

    def read(self, *, timeout_s: float) -> Frame | None:
        if self.broken.is_set():
            raise OSError("the camera's socket is gone")
        return super().read(timeout_s=timeout_s)


async def test_a_camera_that_raises_is_told_with_its_reason_and_comes_back_while_the_others_are_seen(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady_camera, "DEVICE_RETRIES_S", (0.1,))
    broken, front = BrokenScene(), NoisyScene()
    stage = await make_stage(camera=broken, others=[MountedCamera(name="front", open_camera=lambda: front)])
    viewer = await stage.viewer("ana").connect()
    await viewer.see(2)

    broken.broken.set()
    await stage.until_told("absent, and why", lambda head, _: head.missing == "OSError: the camera's socket is gone")
    await viewer.see(len(viewer.shown) + 3)
    assert broken.closed.is_set()
    broken.broken.clear()

    await stage.until_told("back", lambda head, _: head.health is CameraHealth.LIVE)
    assert not stage.running.done()


async def test_settings_of_a_camera_that_can_never_work_end_the_run(make_stage: MakeStage) -> None:
    def wrong() -> Camera:
        raise ConfigError("robot.camera: no such key")

    stage = await make_stage(others=[MountedCamera(name="front", open_camera=wrong)])

    with pytest.raises(ExceptionGroup) as failure:
        await stage.running
    assert failure.group_contains(ConfigError, match="no such key")


# The data channel


async def test_frames_go_both_ways(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    bo = await stage.viewer("bo").connect()
    ana.channel.send('{"type":"drive"}')
    stage.plane.send("ana", Lane.EVENT, b'{"to":"ana"}')
    stage.plane.send(None, Lane.EVENT, b'{"to":"all"}')

    assert sorted(await ana.hear(2)) == ['{"to":"all"}', '{"to":"ana"}']
    assert await bo.hear(1) == ['{"to":"all"}']
    assert stage.heard == [("ana", b'{"type":"drive"}')]


async def test_a_ping_is_answered_at_once_and_goes_no_further(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    viewer.channel.send('{"type":"ping","id":"p-1"}')

    (answer,) = await viewer.hear(1)
    assert answer.startswith('{"type":"pong","id":"p-1","clock_us":')
    assert not stage.heard


async def test_an_oversized_frame_arrives_cut_so_that_it_is_refused_as_too_large(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    viewer.channel.send("x" * (MAX_FRAME_BYTES + 5_000))
    viewer.channel.send('{"type":"ping","id":"after"}')
    await viewer.hear(1)

    assert [len(frame) for _, frame in stage.heard] == [MAX_FRAME_BYTES + 1]


async def test_sending_to_somebody_who_is_not_there_is_nothing(stage: Stage) -> None:
    stage.plane.send("nobody", Lane.EVENT, b"{}")
    stage.plane.send(None, Lane.STATE, b"{}")


# Coming and going


async def test_a_new_offer_replaces_the_old_connection(stage: Stage) -> None:
    old = await stage.viewer("ana").connect()
    new = await stage.viewer("ana").connect()
    await old.ended.wait()
    await new.see(2)

    assert stage.plane.viewers == 1
    assert stage.plane.peers == {"ana"}


async def test_a_repeated_offer_gets_the_same_answer_and_disturbs_nothing(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    first, second = await asyncio.gather(
        stage.plane.receive("ana", Role.PRESENTER, offer), stage.plane.receive("ana", Role.PRESENTER, offer)
    )
    assert isinstance(first, RtcAnswer)
    assert first == second
    await viewer.accept(first)

    await viewer.see(2)


async def test_closing_ends_the_session_and_only_that(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    late = await stage.plane.receive("ana", Role.PRESENTER, RtcClose(id="an-older-session"))
    assert late == Ack(id="an-older-session", verdict=Verdict.DONE)
    assert stage.plane.peers == {"ana"}

    assert await viewer.hang_up() == Ack(id=viewer.session, verdict=Verdict.DONE)
    await viewer.ended.wait()
    assert not stage.plane.peers


async def test_a_page_that_closes_its_connection_is_forgotten(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.leave()

    while stage.plane.peers:  # noqa: ASYNC110 - the plane has no event for it, and the test a time limit
        await asyncio.sleep(0.01)
    assert stage.plane.viewers == 0


async def test_a_silent_peer_is_closed_and_one_that_pings_is_not(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(silence_limit_ms=1_000))
    silent = await stage.viewer("silent").connect(video=False)
    alive = await stage.viewer("alive").connect(video=False)
    while not silent.ended.is_set():
        alive.channel.send('{"type":"ping","id":"p"}')
        await asyncio.sleep(0.1)

    assert stage.plane.peers == {"alive"}


async def test_a_page_that_falls_silent_is_lost_and_comes_back_in_the_same_session(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect(video=False)
    viewer.channel.send('{"type":"ping","id":"p"}')
    await viewer.hear(1)

    while not stage.plane.lost:  # noqa: ASYNC110 - the plane has no event for it, and the test a time limit
        await asyncio.sleep(0.01)
    assert stage.plane.lost == stage.plane.peers == {"ana"}

    while stage.plane.lost:
        viewer.channel.send('{"type":"ping","id":"q"}')
        await asyncio.sleep(0.1)
    assert stage.plane.peers == {"ana"}


async def test_a_lost_peer_makes_room_for_a_new_one(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(max_viewers=1))
    lost = await stage.viewer("lost").connect(video=False)
    lost.channel.send('{"type":"ping","id":"p"}')
    await lost.hear(1)
    while not stage.plane.lost:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)

    await stage.viewer("bo").connect(video=False)

    assert stage.plane.peers == {"bo"}


async def test_an_offer_that_leads_to_no_connection_is_given_up(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(connect_deadline_ms=200))
    await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert stage.plane.peers == {"ana"}

    while stage.plane.peers:  # noqa: ASYNC110 - the plane has no event for it, and the test a time limit
        await asyncio.sleep(0.01)


async def test_more_viewers_than_configured_are_refused(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(max_viewers=1))
    await stage.viewer("ana").connect()
    refused = await stage.plane.receive("bo", Role.PRESENTER, await stage.viewer("bo").offer())

    assert isinstance(refused, Ack)
    assert refused.refusal is Refusal.OVERLOADED


async def test_closing_the_plane_ends_everything(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await stage.plane.close()
    await stage.running
    await viewer.ended.wait()

    assert await asyncio.to_thread(stage.camera.closed.wait, 2)
    refused = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert isinstance(refused, Ack)
    assert refused.refusal is Refusal.MEDIA


async def test_cancelling_the_plane_ends_everything(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    stage.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.running

    await viewer.ended.wait()
    assert await asyncio.to_thread(stage.camera.closed.wait, 2)


# Signalling


@pytest.mark.parametrize(
    "sdp",
    [
        "hello",
        "v=0\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=\r\n",
        "a=group:BUNDLE 0\r\nm=video x y z\r\na=extmap:q\r\n",
    ],
    ids=["no-sdp", "empty", "no-ice", "bad-line", "bad-numbers"],
)
async def test_an_offer_that_is_none_is_refused_with_a_reason(stage: Stage, sdp: str) -> None:
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id="r", sdp=sdp))

    assert isinstance(reply, Ack)
    assert (reply.verdict, reply.refusal) == (Verdict.REFUSED, Refusal.MEDIA)
    assert reply.detail
    assert not stage.plane.peers


async def test_a_browser_without_h264_is_refused(stage: Stage) -> None:
    offer = await stage.viewer("ana").offer()
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id="r", sdp=offer.sdp.replace("H264", "H265")))

    assert isinstance(reply, Ack)
    assert "H.264" in reply.detail


async def test_the_answer_holds_all_candidates_and_the_offers_own_may_hide_behind_mdns(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    hidden = "".join(
        _with_word(line, 4, "0d1e2f3a.local") if line.startswith("a=candidate:") else line
        for line in offer.sdp.splitlines(keepends=True)
    )
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id=offer.id, sdp=hidden))
    assert isinstance(reply, RtcAnswer)
    assert "a=end-of-candidates" in reply.sdp
    await viewer.accept(reply)

    await viewer.see(2)


def _with_word(line: str, index: int, word: str) -> str:
    words = line.split(" ")
    words[index] = word
    return " ".join(words)


async def test_candidates_trickle_in(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    lines = offer.sdp.splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))
    candidate = next(line for line in lines if line.startswith("a=candidate:")).strip().removeprefix("a=")
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id=offer.id, sdp=kept))
    assert isinstance(reply, RtcAnswer)
    for text in (candidate, "", None, None):
        message = RtcCandidate(id=offer.id, candidate=text, mid="0", line=0)
        assert await stage.plane.receive("ana", Role.PRESENTER, message) is None
    await viewer.accept(reply)

    await viewer.see(2)


async def test_a_candidate_of_no_session_is_nothing_and_a_malformed_one_is_refused(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    stray = RtcCandidate(id="older", candidate="rubbish", mid="0", line=0)
    assert await stage.plane.receive("ana", Role.PRESENTER, stray) is None

    reply = await stage.plane.receive(
        "ana", Role.PRESENTER, RtcCandidate(id=viewer.session, candidate="rubbish", mid="0", line=0)
    )
    assert isinstance(reply, Ack)
    assert reply.refusal is Refusal.MALFORMED


async def test_no_stun_server_is_asked_unless_configured(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_the_default() -> None:
        raise AssertionError("a public STUN server would have been asked")

    monkeypatch.setattr(RTCIceGatherer, "getDefaultIceServers", ask_the_default)
    viewer = await stage.viewer("ana").connect()

    assert "typ host" in viewer.answer
    assert "typ srflx" not in viewer.answer


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody that they come from 203.0.113.7."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        request = stun.parse_message(data)
        response = stun.Message(
            message_method=request.message_method,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = ("203.0.113.7", addr[1])
        self._transport.sendto(bytes(response), addr)


async def test_the_configured_stun_server_is_asked(make_stage: MakeStage) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(StunServer, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    stage = await make_stage(ice_servers=(IceServer(urls=(f"stun:127.0.0.1:{port}",)),))
    reply = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    transport.close()

    assert isinstance(reply, RtcAnswer)
    assert "203.0.113.7" in reply.sdp


async def test_a_wrong_server_url_is_a_configuration_error(make_stage: MakeStage) -> None:
    with pytest.raises(ConfigError, match=r"got 'https://example\.org'"):
        await make_stage(ice_servers=(IceServer(urls=("https://example.org",)),))


class OnlyDistrust(TurnRoom):
    """Chooses one server, which is dead, and keeps which choices are distrusted."""

    def __init__(self) -> None:
        super().__init__()
        self.distrusted: list[Choice] = []
        self.one_was = asyncio.Event()
        self.choice = Choice(turn=TurnServer(Transport.UDP, "127.0.0.1", 9, "u", "c"))

    async def choose(self) -> Choice:
        return self.choice

    def distrust(self, choice: Choice) -> None:
        self.distrusted.append(choice)
        self.one_was.set()


async def test_a_server_with_which_a_connection_came_to_nothing_is_distrusted(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(connect_deadline_ms=3_100))
    room = OnlyDistrust()
    stage.plane._turn = room

    reply = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert isinstance(reply, RtcAnswer)  # with this host's own candidates
    await room.one_was.wait()

    assert room.distrusted == [room.choice]


async def test_a_call_that_ends_early_is_held_against_no_server(make_stage: MakeStage) -> None:
    stage = await make_stage()
    room = OnlyDistrust()
    room.choice = Choice()
    stage.plane._turn = room
    viewer = stage.viewer("ana")

    await stage.plane.receive("ana", Role.PRESENTER, await viewer.offer())
    await viewer.hang_up()

    assert room.distrusted == []
