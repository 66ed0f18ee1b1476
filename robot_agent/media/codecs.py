"""How each H.264 encoder that PyAV offers is opened: constant bit rate, no delay, constrained baseline."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

import av
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from robot_agent.media.settings import Preset

VBV_FRAMES: Final = 3  # 1.5 spends only 70 % of the rate; more adds queueing delay

_GOP: Final = "keyint=infinite:scenecut=0:repeat-headers=1:force-cfr=1"
# What cv2.COLOR_BGR2YUV_I420 makes: BT.601, limited range. Unsaid, a browser guesses BT.709 for HD.
_COLOUR: Final = "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:fullrange=off"
_DEBLOCKING: Final = "no-deblock=0:deblock=1,0,0"  # ultrafast leaves it out: 2 % of its time, and 1.5 dB
_BT601: Final = 6  # AVCOL_SPC_SMPTE170M and its like
_LIMITED: Final = 1  # AVCOL_RANGE_MPEG
_SLICE_PX: Final = 360
_NEVER: Final = 2**30  # pictures between keyframes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an encoder is opened for: the size of its pictures, and the most it will ever spend."""

    width_px: int
    height_px: int
    rate_hz: int
    ceiling_bps: int
    threads: int = 1


class CodedPicture(Protocol):
    """What is used of a packet."""

    @property
    def pts(self) -> int | None: ...

    @property
    def is_keyframe(self) -> bool: ...

    def __bytes__(self) -> bytes: ...


class OpenedCodec(Protocol):
    """What is used of an encoder that is open."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    bit_rate: int | None

    def encode(self, frame: VideoFrame, /) -> Sequence[CodedPicture]: ...


OpenCodec = Callable[[Opening], OpenedCodec]
"""Raises av.FFmpegError, or ValueError for an encoder that this build of FFmpeg does not have."""


def threads_for(height_px: int) -> int:
    """Return how many threads encode a picture soonest: a slice each, and none so thin that it looks worse."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, height_px // _SLICE_PX))


def x264(preset: Preset) -> OpenCodec:
    """Return how x264 is opened: bit rate and vbv at the ceiling; only so can the rate change without a keyframe."""

    def open_x264(opening: Opening) -> OpenedCodec:
        codec = _prepared("libx264", opening)
        codec.thread_count = opening.threads
        codec.profile = "Baseline"  # x264 sets constraint_set1 too: constrained baseline, 42e01f in the SDP
        params = f"{_GOP}:{_COLOUR}:{_DEBLOCKING}"
        options = {"preset": preset, "tune": "zerolatency", "forced-idr": "1", "x264-params": params}
        return _opened(codec, opening, options)

    return open_x264


def nvenc(opening: Opening) -> OpenedCodec:
    """Open NVIDIA's encoder."""
    codec = _prepared("h264_nvenc", opening)
    options = {
        "preset": "p3",
        "tune": "ull",
        "profile": "baseline",
        "rc": "cbr",
        "delay": "0",
        "zerolatency": "1",
        "forced-idr": "1",
        "bf": "0",
    }
    return _opened(codec, opening, options)


def v4l2m2m(opening: Opening) -> OpenedCodec:
    """Open the encoder of a system on a chip, as of a Raspberry Pi 4 or a Jetson's replacement kernel."""
    return _opened(_prepared("h264_v4l2m2m", opening), opening, {"num_capture_buffers": "8", "num_output_buffers": "2"})


def vaapi(opening: Opening) -> OpenedCodec:
    """Open the encoder of an Intel or AMD graphics unit."""
    codec = _prepared("h264_vaapi", opening, HWAccel("vaapi"))
    options = {"profile": "constrained_baseline", "rc_mode": "CBR", "async_depth": "1", "bf": "0"}
    return _opened(codec, opening, options)


HARDWARE: Final[Mapping[str, OpenCodec]] = {"v4l2m2m": v4l2m2m, "nvenc": nvenc, "vaapi": vaapi}


def _prepared(name: str, opening: Opening, hwaccel: HWAccel | None = None) -> VideoCodecContext:
    codec = av.CodecContext.create(name, "w", hwaccel)
    if not isinstance(codec, VideoCodecContext):
        raise TypeError(f"expected a video encoder, got {name}")
    codec.width, codec.height = opening.width_px, opening.height_px
    codec.pix_fmt = "yuv420p"
    codec.framerate = Fraction(opening.rate_hz)
    codec.time_base = 1 / Fraction(opening.rate_hz)
    codec.bit_rate = opening.ceiling_bps
    codec.gop_size = _NEVER
    codec.max_b_frames = 0
    codec.color_primaries = codec.color_trc = codec.colorspace = _BT601
    codec.color_range = _LIMITED
    return codec


def _opened(codec: VideoCodecContext, opening: Opening, options: Mapping[str, str]) -> OpenedCodec:
    budget = {
        "maxrate": str(opening.ceiling_bps),
        "bufsize": str(opening.ceiling_bps * VBV_FRAMES // opening.rate_hz),
    }
    codec.options = {**options, **budget}
    codec.open()
    return codec
