"""What sound is in this room: mono, 48 kHz, 16 bits, in turns of 10 ms."""

from typing import Final

import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 48_000
TURN_SAMPLES: Final = 480  # 10 ms
SAMPLES_PER_MS: Final = RATE_HZ // 1000

Pcm = npt.NDArray[np.int16]


def silence(samples: int = TURN_SAMPLES) -> Pcm:
    """Return that many samples of nothing."""
    return np.zeros(samples, np.int16)


def from_bytes(raw: bytes) -> Pcm:
    """Return the samples in `raw`, 16-bit little endian."""
    return np.frombuffer(raw, "<i2").astype(np.int16, copy=False)


def clipped(wide: npt.NDArray[np.int32]) -> Pcm:
    """Return a sum of voices as it can be played."""
    return np.clip(wide, -32768, 32767).astype(np.int16)
