"""A sender that is not ours, in a process of its own: the same film, the same bit rate, another media plane.

`python -m bench.rival_process NAME BITS_PER_SECOND FILM`: `aiortc_h264` and `aiortc_vp8` are aiortc as it comes, held
to the bit rate; `reactor_vp8` is libwebrtc, through the package reactor-webrtc, fed with pictures that are encoded
already (its wheel has no H.264). One offer comes in as a line of JSON, the answer goes out; it ends with its standard
input.
"""

import asyncio
import fractions
import importlib
import itertools
import json
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs import h264, vpx
from aiortc.mediastreams import VideoStreamTrack
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from bench.film import HEIGHT_PX, RATE_HZ, WIDTH_PX, Film
from bench.lines import own_lines, say
from robot_agent.media import aiortc_seams as seams
from robot_agent.media.frames import pixels_of
from robot_agent.motion import host
from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_S

MODULE: Final = "bench.rival_process"
GATHERING_S: Final = 0.5
RTP_CLOCK: Final = fractions.Fraction(1, 90_000)

Answer = Callable[[str], Awaitable[str]]


class FilmTrack(VideoStreamTrack):
    """The film as aiortc's users give their pictures."""

    def __init__(self, film: Film) -> None:
        super().__init__()
        self._film = film

    async def recv(self) -> av.VideoFrame:
        """Return the next picture when its time has come."""
        captured = await asyncio.to_thread(_next_of, self._film)
        frame = av.VideoFrame.from_ndarray(pixels_of(captured), format="yuv420p")
        frame.pts = captured.captured_ns * 90_000 // NS_PER_S
        frame.time_base = RTP_CLOCK
        return frame


def _next_of(film: Film) -> Frame:
    while (frame := film.read(timeout_s=1.0)) is None:
        pass
    return frame


def plain_aiortc(codec: str, film: Film, bitrate_bps: int) -> Answer:
    """Return how aiortc answers, its encoder held to `bitrate_bps`."""
    for module in (h264, vpx):
        for name in ("DEFAULT_BITRATE", "MIN_BITRATE", "MAX_BITRATE"):
            setattr(module, name, bitrate_bps)
    connections: list[RTCPeerConnection] = []

    async def answer(offer: str) -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        connection.addTrack(FilmTrack(film))
        if codec == "h264":  # VP8 comes first by itself
            seams.only_h264(connection.getTransceivers()[0])
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    return answer


def _vp8(bitrate_bps: int) -> VideoCodecContext:
    """Return libvpx as it is used for calls: at once, at a constant bit rate and a fixed speed."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    codec.framerate, codec.time_base = fractions.Fraction(RATE_HZ), fractions.Fraction(1, RATE_HZ)
    codec.bit_rate, codec.gop_size = bitrate_bps, 3_000
    budget = {"minrate": str(bitrate_bps), "maxrate": str(bitrate_bps), "bufsize": str(bitrate_bps // 2)}
    codec.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", **budget}
    codec.open()
    return codec


def reactor(film: Film, bitrate_bps: int) -> Answer:
    """Return how libwebrtc answers, fed with pictures that are encoded already."""
    rw: Any = importlib.import_module("reactor_webrtc")
    factory, track = rw.PeerConnectionFactory.with_encoded_video_track("film", width=WIDTH_PX, height=HEIGHT_PX)
    keyframe = threading.Event()
    track.on_encoder_feedback(lambda told: keyframe.set() if isinstance(told, rw.KeyFrameRequest) else None)
    kept: list[object] = []

    def push() -> None:
        encoder = _vp8(bitrate_bps)
        for number in itertools.count():
            captured = _next_of(film)
            frame = av.VideoFrame.from_ndarray(pixels_of(captured), format="yuv420p")
            frame.pts = number
            frame.pict_type = PictureType.I if keyframe.is_set() else PictureType.NONE
            keyframe.clear()
            rtp_time = captured.captured_ns * 90_000 // NS_PER_S % 2**32
            for packet in encoder.encode(frame):
                track.push_encoded_frame(bytes(packet), packet.is_keyframe, WIDTH_PX, HEIGHT_PX, rtp_time)

    async def answer(offer: str) -> str:
        candidates: list[str] = []
        observer = rw.PeerConnectionObserver()
        observer.on_ice_candidate = lambda found: candidates.append(found.candidate)
        connection = factory.create_peer_connection(rw.RtcConfiguration(frame_metadata=False), observer)
        kept.extend((connection, observer))
        await connection.set_remote_description(rw.SessionDescription("offer", offer))
        transceiver = (await connection.transceivers())[0]
        await transceiver.set_codec_preferences([rw.VideoCodec.Vp8])
        await transceiver.set_track(track)
        await transceiver.set_direction(rw.TransceiverDirection.SendOnly)
        described = await connection.create_answer()
        await connection.set_local_description(described)
        await connection.set_bitrate(start_bps=bitrate_bps, max_bps=2 * bitrate_bps)
        await asyncio.sleep(GATHERING_S)
        threading.Thread(target=push, daemon=True).start()
        return str(described.sdp) + "".join(f"a={each}\r\n" for each in candidates)

    return answer


async def serve(name: str, bitrate_bps: int, film: Film) -> None:
    """Answer one offer and send until standard input ends."""
    host.ask_to_be_prompt()
    library, _, codec = name.partition("_")
    answer = reactor(film, bitrate_bps) if library == "reactor" else plain_aiortc(codec, film, bitrate_bps)
    lines = await own_lines()
    say({"ready": True, "rate_hz": RATE_HZ})
    while line := await lines.readline():
        say({"sdp": await answer(json.loads(line)["sdp"])})


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Film(list(np.load(sys.argv[3])))))
