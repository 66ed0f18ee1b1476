"""How loud it is, in dBFS: 0 is a sine at full scale."""

import math
from typing import Final

import numpy as np

from robot_agent.media.voice.pcm import Pcm

FLOOR_DBFS: Final = -90.0  # what silence is told as

_FULL_SCALE_SINE: Final = 32767.0**2 / 2
_REMEMBERS_TURNS: Final = 20  # 200 ms


class Meter:
    """The loudness of the last fifth of a second."""

    def __init__(self) -> None:
        self._power = 0.0

    def add(self, pcm: Pcm) -> None:
        """Take in 10 ms."""
        self._power += (power_of(pcm) - self._power) / _REMEMBERS_TURNS

    @property
    def dbfs(self) -> float:
        """The level now, never under `FLOOR_DBFS`."""
        return dbfs(self._power)


def power_of(pcm: Pcm) -> float:
    """Return the mean square of samples."""
    wide = pcm.astype(np.float64)
    return float(wide @ wide) / max(1, len(wide))


def dbfs(power: float) -> float:
    """Return the level of a mean square of samples."""
    return max(FLOOR_DBFS, 10 * math.log10(power / _FULL_SCALE_SINE)) if power > 0 else FLOOR_DBFS
