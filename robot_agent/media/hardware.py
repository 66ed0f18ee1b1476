"""A hardware encoder is used only when it is proven, on this machine, to do all that the picture needs.

What a driver lists and what it does are two things. So each candidate encodes test pictures, which are decoded again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import av
import cv2
import numpy as np
import structlog
from av.codec.codec import UnknownCodecError
from av.video.frame import PictureType, VideoFrame

from robot_agent.media.codecs import HARDWARE, CodedPicture, OpenCodec, OpenedCodec, Opening
from robot_agent.media.faults import reason_of
from robot_agent.media.frames import Pixels
from robot_agent.media.packetiser import split_units

MIN_PSNR_DB: Final = 28.0
MAX_SPEND_AFTER_CUT: Final = 0.5  # of what was spent before the bit rate was cut to a fifth

_OPENING: Final = Opening(width_px=1280, height_px=720, rate_hz=30, ceiling_bps=2_500_000)
_PICTURES: Final = 8
_SETTLING: Final = 12
_SPS: Final = 7
_PPS: Final = 8
_BASELINE: Final = 0x42
_CONSTRAINED: Final = 0x40  # constraint_set1_flag
_LEVEL_3_1: Final = 31

_log = structlog.get_logger(__name__)


class NotProven(Exception):
    """What an encoder failed to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoder that was chosen; `open` is None where x264 has to do."""

    name: str
    open: OpenCodec | None


def choose(wanted: str, candidates: Mapping[str, OpenCodec] = HARDWARE) -> Choice:
    """Return the first candidate that proves itself, with one log line for each that does not and one for the choice.

    `wanted` is "auto" for all of them, "x264" for none, or the name of one. Takes up to a second for each.
    """
    names = list(candidates) if wanted == "auto" else [name for name in candidates if name == wanted]
    for name in names:
        try:
            prove(candidates[name])
        except Exception as exc:  # noqa: BLE001 - whatever a vendor's encoder raises, it is not proven
            _log.info("encoder_passed_over", encoder=name, why=_reason(exc))
        else:
            _log.info("encoder_chosen", encoder=name, why="proven on test pictures")
            return Choice(name, candidates[name])
    _log.info("encoder_chosen", encoder="x264", why="no hardware encoder is proven" if names else "as configured")
    return Choice("x264", None)


def _reason(failure: Exception) -> str:
    if isinstance(failure, UnknownCodecError):
        return "this build of FFmpeg does not have it"
    if isinstance(failure, av.FFmpegError) and failure.strerror:
        return f"cannot be opened, or fails: {failure.strerror}"
    return str(failure) if isinstance(failure, NotProven | ValueError) else reason_of(failure)


def prove(open_codec: OpenCodec) -> None:
    """Have an encoder show that it encodes what is given, at once, with keyframes and bit rate as asked.

    Raises:
        NotProven: it does not, and what.
        av.FFmpegError: it cannot be opened, or fails.
        ValueError: it is not there.
    """
    codec = open_codec(_OPENING)
    pictures = [_test_picture(number) for number in range(_PICTURES)]
    asked = _PICTURES // 2
    packets = [_encode(codec, picture, number, ask=number == asked) for number, picture in enumerate(pictures)]
    keyframes = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    if keyframes != [0, asked]:
        raise NotProven(f"expected keyframes when asked, at 0 and {asked}, got them at {keyframes}")
    for number in keyframes:
        _check_parameter_sets(bytes(packets[number]))
    _check_looks(pictures, packets[asked:], begins=asked)
    _check_obeys(codec)


def _encode(codec: OpenedCodec, picture: Pixels, number: int, *, ask: bool = False) -> CodedPicture:
    frame = VideoFrame.from_numpy_buffer(picture, format="yuv420p")
    frame.pts = number
    frame.pict_type = PictureType.I if ask else PictureType.NONE
    packets = codec.encode(frame)
    if [packet.pts for packet in packets] != [number]:
        raise NotProven(f"expected picture {number} at once, got {[packet.pts for packet in packets]}")
    return packets[0]


def _check_parameter_sets(stream: bytes) -> None:
    units = {unit[0] & 0x1F: unit for unit in split_units(stream)}
    if _SPS not in units or _PPS not in units:
        raise NotProven("expected parameter sets with each keyframe, got none")
    profile, constraints, level = units[_SPS][1:4]
    if profile != _BASELINE or not constraints & _CONSTRAINED or level > _LEVEL_3_1:
        seen = f"{profile:02x}{constraints:02x}{level:02x}"
        raise NotProven(f"expected constrained baseline at level 3.1 or lower, 42e01f, got {seen}")


def _check_looks(pictures: Sequence[Pixels], packets: Sequence[CodedPicture], *, begins: int) -> None:
    """Decode from the keyframe that was asked for, as a viewer that comes then would."""
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(bytes(packet)))]
    frames += decoder.decode(None)
    if len(frames) != len(packets):
        raise NotProven(f"expected {len(packets)} pictures to be decoded, got {len(frames)}")
    worst = min(
        cv2.PSNR(pictures[begins + number], frame.to_ndarray(format="yuv420p")) for number, frame in enumerate(frames)
    )
    if worst < MIN_PSNR_DB:
        raise NotProven(f"expected pictures at {MIN_PSNR_DB} dB or better, got {worst:.1f} dB")


def _check_obeys(codec: OpenedCodec) -> None:
    """Cut the bit rate to a fifth, of pictures that take all they are given."""
    full = _spend(codec, first=_PICTURES)
    codec.bit_rate = _OPENING.ceiling_bps // 5
    cut = _spend(codec, first=_PICTURES + 2 * _SETTLING)
    if cut > MAX_SPEND_AFTER_CUT * full:
        raise NotProven(f"expected a fifth of the bit rate at once, got {cut / full:.0%}")


def _spend(codec: OpenedCodec, *, first: int) -> int:
    """Return how much noise takes once the encoder has settled."""
    noise = np.random.default_rng(first)
    shape = _OPENING.height_px * 3 // 2, _OPENING.width_px
    spent = 0
    for number in range(2 * _SETTLING):
        picture = noise.integers(64, 192, shape, dtype=np.uint8)
        packet = _encode(codec, picture, first + number)
        if packet.is_keyframe:
            raise NotProven("expected no keyframe unless asked, got one")
        spent += len(bytes(packet)) if number >= _SETTLING else 0
    return spent


def _test_picture(number: int) -> Pixels:
    """Return a gradient with a box that moves."""
    width, height = _OPENING.width_px, _OPENING.height_px
    picture = np.empty((height * 3 // 2, width), dtype=np.uint8)
    picture[:height] = np.linspace(40, 200, width, dtype=np.uint8)
    picture[height:] = np.linspace(90, 160, width, dtype=np.uint8)
    picture[height // 3 : height // 2, 40 * number : 40 * number + 200] = 220
    return picture
