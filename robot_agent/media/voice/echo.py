"""Takes out of the microphone what the loudspeaker says, with the best that the machine has.

==================  ===============================================  ================================================
way                 what it is                                       what a near talker loses while both speak
==================  ===============================================  ================================================
cancelled           speexdsp's linear filter, then WebRTC's AEC3     little: the filter leaves AEC3 little to cut
partly              AEC3 alone                                       every other frame: nearly half-duplex
ducked              the microphone is turned down while a voice      everything
                    is played
off                 nothing                                          nothing
==================  ===============================================  ================================================
"""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
import structlog

from robot_agent.media.voice.levels import dbfs, power_of
from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from robot_agent.media.voice.speex import SpeexLinear
from teleop_core.errors import SetupError
from teleop_core.wire.messages import EchoWay

DUCK_ABOVE_DBFS: Final = -50.0
DUCKED_GAIN: Final = 0.03  # 30 dB down
DUCK_TURNS: Final = 30  # how long a room still speaks after the loudspeaker fell silent

_log = structlog.get_logger(__name__)


class EchoCanceller(Protocol):
    """Works on 10 ms at a time, all of one stream, in one thread."""

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near`, what the microphone heard, without the echo of `far`, what is given to the loudspeaker."""
        ...


class Untouched:
    """Leaves the microphone as it is."""

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near`."""
        del far
        return near


class Aec3:
    """WebRTC's AEC3 at 48 kHz.

    Raises:
        SetupError: pywebrtc-audio is not installed.
    """

    def __init__(self) -> None:
        try:
            from pywebrtc_audio import EchoCanceller as WebRtcAec3  # noqa: PLC0415 - no wheel on some machines
        except ImportError as exc:
            raise SetupError(f"expected the package pywebrtc-audio: {exc}; pip install pywebrtc-audio") from exc
        self._aec3 = WebRtcAec3(sample_rate=RATE_HZ)

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near` without the echo of `far`."""
        return self._aec3.process(near, far)


class Cascade:
    """One canceller after the other."""

    def __init__(self, first: EchoCanceller, then: EchoCanceller) -> None:
        self._first = first
        self._then = then

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near` without the echo of `far`."""
        return self._then.process(self._first.process(near, far), far)


class Ducker:
    """Half-duplex: while the loudspeaker speaks, and a little longer, the microphone is turned down."""

    def __init__(self) -> None:
        self._hold = 0
        self._gain = 1.0

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near`, turned down while `far` is loud."""
        self._hold = DUCK_TURNS if dbfs(power_of(far)) > DUCK_ABOVE_DBFS else max(0, self._hold - 1)
        aim = DUCKED_GAIN if self._hold else 1.0
        ramp = np.linspace(self._gain, aim, len(near))
        self._gain = aim
        return np.round(near * ramp).astype(np.int16)


Opener = Callable[[], EchoCanceller]


def open_canceller(*, linear: Opener = SpeexLinear, residual: Opener = Aec3) -> tuple[EchoCanceller, EchoWay]:
    """Return the best canceller that this machine has; what is missing is logged with its cure."""
    try:
        last = residual()
    except SetupError as exc:
        _log.warning("voice.no_echo_cancelling", reason=str(exc), instead="the microphone is ducked")
        return Ducker(), EchoWay.DUCKED
    try:
        return Cascade(linear(), last), EchoWay.CANCELLED
    except SetupError as exc:
        _log.warning("voice.echo_partly", reason=str(exc), instead="AEC3 alone, nearly half-duplex")
        return last, EchoWay.PARTLY
