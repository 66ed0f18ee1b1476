"""The linear echo canceller of speexdsp, by ctypes: Debian's libspeexdsp1, where it is installed.

An MDF adaptive filter (J.-M. Valin, "On adjusting the learning rate in frequency domain echo cancellation with
double-talk", 2007). It takes out what a filter can, and cuts nothing of who speaks at the same time.
"""

import ctypes
import functools
from ctypes import POINTER, c_int, c_int16, c_void_p
from typing import Final

import numpy as np

from robot_agent.media.voice.pcm import RATE_HZ, SAMPLES_PER_MS, TURN_SAMPLES, Pcm
from teleop_core.errors import SetupError

TAIL_MS: Final = 300  # of the echo: the device's own delay and the room's first reflections

_NAMES: Final = ("libspeexdsp.so.1", "libspeexdsp.1.dylib", "libspeexdsp-1.dll")
_SET_SAMPLING_RATE: Final = 24  # speex_echo.h

_Samples = POINTER(c_int16)


class SpeexLinear:
    """Takes out of `near` what a linear filter of `far` explains. Not thread-safe.

    Raises:
        SetupError: the library is not installed.
    """

    def __init__(self, *, tail_ms: int = TAIL_MS) -> None:
        self._speex = library()
        self._state = c_void_p(self._speex.speex_echo_state_init(TURN_SAMPLES, tail_ms * SAMPLES_PER_MS))
        rate = c_int(RATE_HZ)
        self._speex.speex_echo_ctl(self._state, _SET_SAMPLING_RATE, ctypes.byref(rate))

    def __del__(self) -> None:
        """Free the filter."""
        if getattr(self, "_state", None):
            self._speex.speex_echo_state_destroy(self._state)

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """Return `near`, 10 ms of it, without the echo of `far`."""
        out = np.empty(TURN_SAMPLES, np.int16)
        pointers = (np.ascontiguousarray(each).ctypes.data_as(_Samples) for each in (near, far))
        self._speex.speex_echo_cancellation(self._state, *pointers, out.ctypes.data_as(_Samples))
        return out


@functools.cache
def library() -> ctypes.CDLL:
    """Return libspeexdsp.

    Raises:
        SetupError: there is none.
    """
    for name in _NAMES:
        try:
            speex = ctypes.CDLL(name)
        except OSError:
            continue
        speex.speex_echo_state_init.restype = c_void_p
        speex.speex_echo_state_init.argtypes = [c_int, c_int]
        speex.speex_echo_ctl.argtypes = [c_void_p, c_int, c_void_p]
        speex.speex_echo_cancellation.argtypes = [c_void_p, _Samples, _Samples, _Samples]
        speex.speex_echo_state_destroy.argtypes = [c_void_p]
        return speex
    raise SetupError("expected libspeexdsp, found none: install it (on Debian or Ubuntu: apt-get install libspeexdsp1)")
