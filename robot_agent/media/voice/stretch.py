"""Speech a little faster or slower: one period of the pitch left out or repeated, blended over (overlap-add)."""

from typing import Final

import numpy as np

from robot_agent.media.voice.pcm import Pcm

SHORTEST_SAMPLES: Final = 120  # 2.5 ms: a pitch of 400 Hz
LONGEST_SAMPLES: Final = 480  # 10 ms: 100 Hz; a deeper voice is cut at two of its formants' beats instead

_LIKENESS: Final = 0.5  # below, a cut would be heard
_QUIET_RMS: Final = 60.0  # -55 dBFS: there a cut is never heard
_STEP: Final = 4  # the search looks at every fourth sample, 12 kHz: plenty for a pitch


def faster(pcm: Pcm, *, at_any_cost: bool = False) -> Pcm:
    """Return `pcm` without one period of its pitch; as it is where that would be heard, unless `at_any_cost`."""
    period = _period(pcm, at_any_cost=at_any_cost)
    if period is None:
        return pcm
    blend = _blend(pcm[:period], pcm[period : 2 * period])
    return np.concatenate([blend, pcm[2 * period :]])


def slower(pcm: Pcm, *, at_any_cost: bool = False) -> Pcm:
    """Return `pcm` with one period of its pitch repeated; as it is where that would be heard, unless `at_any_cost`."""
    period = _period(pcm, at_any_cost=at_any_cost)
    if period is None:
        return pcm
    blend = _blend(pcm[period : 2 * period], pcm[:period])
    return np.concatenate([pcm[:period], blend, pcm[period:]])


def _period(pcm: Pcm, *, at_any_cost: bool) -> int | None:
    """Return the lag at which the beginning of `pcm` is most like itself, None when it is like nothing."""
    longest = min(LONGEST_SAMPLES, len(pcm) // 2) // _STEP
    shortest = SHORTEST_SAMPLES // _STEP
    if longest <= shortest:
        return None
    thin = pcm[: 2 * longest * _STEP : _STEP].astype(np.float64)
    if np.sqrt(np.mean(thin**2)) < _QUIET_RMS:
        return longest * _STEP
    head = thin[:longest]
    lags = range(shortest, longest + 1)
    products = np.array([head @ thin[lag : lag + longest] for lag in lags])
    squares = np.concatenate([[0.0], np.cumsum(thin**2)])
    energies = squares[[lag + longest for lag in lags]] - squares[shortest : longest + 1]
    likeness = products / np.sqrt((head @ head) * energies + 1.0)
    best = int(np.argmax(likeness))
    if likeness[best] < _LIKENESS and not at_any_cost:
        return None
    return (shortest + best) * _STEP


def _blend(leaving: Pcm, coming: Pcm) -> Pcm:
    rise = (np.arange(len(leaving)) + 0.5) / len(leaving)
    return np.round(leaving * (1 - rise) + coming * rise).astype(np.int16)
