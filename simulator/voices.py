"""Sounds with known properties for tests and benches, the same every time: full scale is 1 before `as_pcm`."""

from functools import cache

import numpy as np
import numpy.typing as npt

from robot_agent.media.voice.pcm import RATE_HZ, Pcm

Float = npt.NDArray[np.float64]


def tone(seconds: float, *, hz: float = 440.0, peak: float = 0.3) -> Pcm:
    """Return a sine."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return as_pcm(peak * np.sin(2 * np.pi * hz * at))


@cache
def speech(seconds: float, *, seed: int = 1, peak: float = 0.4) -> Pcm:
    """Return something like speech: harmonics of a gliding pitch through moving formants, syllables and pauses."""
    dice = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    out = np.zeros(count)
    at = 0
    while at < count:
        length = int(dice.uniform(0.12, 0.32) * RATE_HZ)
        out[at : at + length] += _syllable(dice, length)[: count - at]
        at += length + int(dice.choice([0.02, 0.05, 0.25], p=[0.6, 0.3, 0.1]) * RATE_HZ)
    return as_pcm(peak * out / np.abs(out).max())


def _syllable(dice: np.random.Generator, length: int) -> Float:
    at = np.arange(length) / RATE_HZ
    pitch_hz = dice.uniform(95, 210) * (1 + 0.12 * np.sin(2 * np.pi * dice.uniform(2, 5) * at))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formants = [(dice.uniform(300, 800), 90), (dice.uniform(900, 2300), 130), (dice.uniform(2400, 3300), 200)]
    voice = np.zeros(length)
    for harmonic in range(1, 40):
        hz = harmonic * pitch_hz.mean()
        if hz > RATE_HZ / 2.2:
            break
        gain = sum(1 / (1 + ((hz - centre) / width) ** 2) for centre, width in formants) / harmonic**0.3
        voice += gain * np.sin(harmonic * phase)
    breath = np.diff(dice.standard_normal(length + 1)) * 0.05 * dice.uniform(0.2, 2)
    swell = np.sin(np.pi * np.arange(length) / length) ** 0.6
    return (voice + breath) * swell * dice.uniform(0.5, 1)


def as_pcm(wave: Float) -> Pcm:
    """Return a wave between -1 and 1 as samples."""
    return np.clip(np.round(wave * 32767), -32768, 32767).astype(np.int16)


def rms(pcm: Pcm) -> float:
    """Return the root of the mean square, 0 for nothing."""
    return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) if len(pcm) else 0.0
