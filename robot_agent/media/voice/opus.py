"""Opus by ctypes: FFmpeg's wrapper has neither concealment nor the decoding of in-band FEC.

The library is the one inside PyAV's wheel, else the system's. RFC 6716; names and numbers from opus_defines.h 1.5.
"""

import ctypes
import functools
import itertools
from collections.abc import Iterator
from ctypes import POINTER, c_char_p, c_int, c_int16, c_int32, c_void_p
from pathlib import Path
from typing import Final

import av
import numpy as np

from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from teleop_core.errors import SetupError

FRAME_SAMPLES: Final = 960  # 20 ms: the packets that leave
MAX_PACKET_SAMPLES: Final = 5760  # 120 ms, the longest that Opus allows
CONCEALABLE_SAMPLES: Final = 120  # concealment and FEC come in multiples of 2.5 ms
BITRATE_BPS: Final = 32_000  # under 24 kbps no FEC appears

_SYSTEM_NAMES: Final = ("libopus.so.0", "libopus.0.dylib", "opus.dll")
_MAX_PACKET_BYTES: Final = 1275
_VOIP: Final = 2048
_SET_BITRATE: Final = 4002
_SET_COMPLEXITY: Final = 4010
_SET_INBAND_FEC: Final = 4012
_SET_PACKET_LOSS_PERC: Final = 4014
_SET_SIGNAL: Final = 4024
_SIGNAL_VOICE: Final = 3001

_Samples = POINTER(c_int16)


class OpusError(Exception):
    """Bytes are not an Opus packet, or the codec refused what it was asked."""


class OpusEncoder:
    """Encodes 20 ms at a time: mono, 32 kbps, with FEC for one lost packet in ten. Not thread-safe."""

    def __init__(self, *, bitrate_bps: int = BITRATE_BPS) -> None:
        self._opus = library()
        failed = c_int(0)
        self._state = c_void_p(self._opus.opus_encoder_create(RATE_HZ, 1, _VOIP, ctypes.byref(failed)))
        _check(self._opus, failed.value)
        self._out = ctypes.create_string_buffer(_MAX_PACKET_BYTES)
        wishes = {
            _SET_BITRATE: bitrate_bps,
            _SET_COMPLEXITY: 5,
            _SET_INBAND_FEC: 1,
            _SET_PACKET_LOSS_PERC: 10,
            _SET_SIGNAL: _SIGNAL_VOICE,
        }
        for wish, value in wishes.items():
            _check(self._opus, self._opus.opus_encoder_ctl(self._state, wish, c_int32(value)))

    def __del__(self) -> None:
        """Free the codec's memory."""
        if getattr(self, "_state", None):
            self._opus.opus_encoder_destroy(self._state)

    def encode(self, pcm: Pcm) -> bytes:
        """Return the packet for `FRAME_SAMPLES` samples.

        Raises:
            OpusError: there are more or fewer of them.
        """
        if len(pcm) != FRAME_SAMPLES:
            raise OpusError(f"expected {FRAME_SAMPLES} samples, got {len(pcm)}")
        whole = np.ascontiguousarray(pcm)
        size = self._opus.opus_encode(
            self._state, whole.ctypes.data_as(_Samples), FRAME_SAMPLES, self._out, _MAX_PACKET_BYTES
        )
        return self._out.raw[: _check(self._opus, size)]


class OpusDecoder:
    """Decodes one stream, mono whatever comes in, and makes up for what does not. Not thread-safe."""

    def __init__(self) -> None:
        self._opus = library()
        failed = c_int(0)
        self._state = c_void_p(self._opus.opus_decoder_create(RATE_HZ, 1, ctypes.byref(failed)))
        _check(self._opus, failed.value)

    def __del__(self) -> None:
        """Free the codec's memory."""
        if getattr(self, "_state", None):
            self._opus.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> Pcm:
        """Return the samples of `packet`.

        Raises:
            OpusError: it is no Opus packet.
        """
        return self._decoded(packet, MAX_PACKET_SAMPLES, fec=False)

    def recover(self, following: bytes, samples: int) -> Pcm:
        """Return the lost samples before the packet `following`: from its FEC, concealed where it carries none.

        Raises:
            OpusError: `following` is no Opus packet.
        """
        return self._decoded(following, samples, fec=True)

    def conceal(self, samples: int) -> Pcm:
        """Return samples that sound like what came before, fading away."""
        return self._decoded(None, samples, fec=False)

    def _decoded(self, packet: bytes | None, samples: int, *, fec: bool) -> Pcm:
        out = np.empty(samples, np.int16)
        got = self._opus.opus_decode(
            self._state, packet, len(packet or b""), out.ctypes.data_as(_Samples), samples, int(fec)
        )
        return out[: _check(self._opus, got)]


def samples_of(packet: bytes) -> int:
    """Return how many samples `packet` holds.

    Raises:
        OpusError: it is no Opus packet.
    """
    opus = library()
    samples = _check(opus, opus.opus_packet_get_nb_samples(packet, len(packet), RATE_HZ))
    if not 0 < samples <= MAX_PACKET_SAMPLES:
        raise OpusError(f"expected an Opus packet of at most 120 ms, got one of {samples} samples")
    return samples


@functools.cache
def library() -> ctypes.CDLL:
    """Return libopus.

    Raises:
        SetupError: there is none.
    """
    for candidate in _candidates():
        try:
            return _typed(ctypes.CDLL(candidate))
        except (OSError, AttributeError):  # not there, or not Opus
            continue
    raise SetupError(
        "expected libopus inside PyAV's wheel or among the system's libraries, found neither: "
        "install it (on Debian or Ubuntu: apt-get install libopus0), or PyAV from its wheel"
    )


def _candidates() -> Iterator[str]:
    package = Path(av.__file__).parent
    beside = (package.with_name("av.libs"), package / ".dylibs")
    yield from map(str, itertools.chain.from_iterable(folder.glob("*opus*") for folder in beside))
    yield from _SYSTEM_NAMES


def _typed(opus: ctypes.CDLL) -> ctypes.CDLL:
    opus.opus_encoder_create.restype = c_void_p
    opus.opus_encoder_create.argtypes = [c_int32, c_int, c_int, POINTER(c_int)]
    opus.opus_encode.argtypes = [c_void_p, _Samples, c_int, c_char_p, c_int32]
    opus.opus_encoder_destroy.argtypes = [c_void_p]
    opus.opus_decoder_create.restype = c_void_p
    opus.opus_decoder_create.argtypes = [c_int32, c_int, POINTER(c_int)]
    opus.opus_decode.argtypes = [c_void_p, c_char_p, c_int32, _Samples, c_int, c_int]
    opus.opus_decoder_destroy.argtypes = [c_void_p]
    opus.opus_packet_get_nb_samples.argtypes = [c_char_p, c_int32, c_int32]
    opus.opus_strerror.restype = c_char_p
    return opus


def _check(opus: ctypes.CDLL, result: int) -> int:
    if result < 0:
        raise OpusError(f"libopus says: {opus.opus_strerror(result).decode()}")
    return result
