"""Halls that give back what the loudspeaker says, and the measures of how well that is taken out again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from robot_agent.media.voice.pcm import RATE_HZ, TURN_SAMPLES, Pcm
from simulator.voices import Float, as_pcm, speech

Process = Callable[[Pcm, Pcm], Pcm]

SETTLED_S: Final = 8.0  # of speech: what a canceller may take to learn a room
CUT_DB: Final = 10.0  # a near talker's frame that loses more is cut
"""As in facts/voice.md."""


@dataclass(frozen=True)
class Hall:
    """A room that decays by 60 dB in `rt60_ms`; `path_ms` is what the device and the air take."""

    rt60_ms: float
    path_ms: float = 25.0
    level_db: float = -6.0
    seed: int = 5

    def echo(self, far: Pcm) -> Float:
        """Return what the microphone hears of the loudspeaker, full scale at 1."""
        dice = np.random.default_rng(self.seed)
        count = round(self.rt60_ms / 1000 * RATE_HZ)
        at = np.arange(count) / RATE_HZ
        tail = dice.standard_normal(count) * 10 ** (-3 * at / (self.rt60_ms / 1000))
        tail[0] = 8.0  # the direct way
        response = np.concatenate([np.zeros(round(self.path_ms / 1000 * RATE_HZ)), tail])
        response *= 10 ** (self.level_db / 20) / np.sqrt(np.sum(response**2))
        size = 1 << (len(far) + len(response) - 1).bit_length()
        wave = np.fft.irfft(np.fft.rfft(far / 32768, size) * np.fft.rfft(response, size), size)
        return wave[: len(far)]


def noise(samples: int, *, dbfs: float = -65.0, seed: int = 9) -> Float:
    """Return what a microphone hears of a hall where nobody speaks."""
    return np.random.default_rng(seed).standard_normal(samples) * 10 ** (dbfs / 20)


def processed(process: Process, near: Pcm, far: Pcm) -> Pcm:
    """Return `near` as `process` leaves it, turn by turn."""
    turns = range(0, len(near) // TURN_SAMPLES * TURN_SAMPLES, TURN_SAMPLES)
    return np.concatenate([process(near[at : at + TURN_SAMPLES], far[at : at + TURN_SAMPLES]) for at in turns])


def echo_down_db(process: Process, hall: Hall, *, seconds: float = 14.0) -> float:
    """Return by how much the echo of speech is quieter after `process`, once it has learnt the room."""
    far = speech(seconds, seed=21)
    echo = hall.echo(far)
    near = as_pcm(echo + noise(len(echo)))
    out = processed(process, near, far)
    start = round(SETTLED_S * RATE_HZ)
    return float(10 * np.log10(power(near[start:]) / power(out[start:])))


def near_speech_cut(process: Process, hall: Hall, *, seconds: float = 15.0) -> float:
    """Return the share of a near talker's 20 ms frames that lose more than 10 dB while both speak, equally loud."""
    far = speech(seconds, seed=21)
    echo = hall.echo(far)
    begins = round((SETTLED_S + 1) * RATE_HZ)
    talker = np.zeros(len(far))
    talker[begins:] = speech(seconds, seed=33)[: len(far) - begins] / 32768
    talker *= np.sqrt(np.mean(echo[begins:] ** 2) / np.mean(talker[begins:] ** 2))
    out = processed(process, as_pcm(echo + talker + noise(len(far))), far)
    return _cut_share(as_pcm(talker)[begins:], out[begins:])


def _cut_share(talker: Pcm, out: Pcm) -> float:
    """Compare spectra frame by frame: what of the talker's own bands is still there. `out` may lag by a few ms."""
    frame = 960
    count = min(len(talker), len(out)) // frame
    spoken = talker[: count * frame].reshape(count, frame)
    heard = out[: count * frame].reshape(count, frame)
    loud = np.sqrt(np.mean(spoken.astype(np.float64) ** 2, axis=1))
    speaking = loud > 0.1 * np.sqrt(np.mean(loud**2))
    left = [_kept_db(spoken[i], heard[max(0, i - 1) : i + 2].reshape(-1)) for i in np.flatnonzero(speaking)]
    return float(np.mean(np.array(left) < -CUT_DB))


def _kept_db(spoken: Pcm, around: Pcm) -> float:
    """Return how much of `spoken` is found in `around`, at the lag where most of it is: a projection, in dB."""
    own = spoken.astype(np.float64)
    wide = around.astype(np.float64)
    size = 1 << (len(own) + len(wide)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(wide, size) * np.conj(np.fft.rfft(own, size)), size)
    return float(20 * np.log10(max(1e-6, np.abs(fit).max() / (own @ own))))


def power(pcm: Pcm) -> float:
    """Return the mean square, above 0."""
    return float(np.mean(pcm.astype(np.float64) ** 2)) + 1e-3
