"""Sound files as this room's sound: WAV of any rate, mono or stereo, becomes mono at 48 kHz."""

import io
import wave
from typing import Final

import av
import numpy as np

from robot_agent.media.voice.pcm import RATE_HZ, Pcm
from teleop_core.errors import SetupError

LONGEST_S: Final = 120.0
_SAMPLE_BYTES: Final = 2
_MOST_CHANNELS: Final = 2


def read_wav(raw: bytes) -> Pcm:
    """Return the sound in `raw`.

    Raises:
        SetupError: it is no WAV of 16 bits, or longer than two minutes.

    """
    try:
        with wave.open(io.BytesIO(raw)) as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if width != _SAMPLE_BYTES or not 1 <= channels <= _MOST_CHANNELS:
                raise SetupError(f"expected WAV of 16 bits, mono or stereo, got {8 * width} bits, {channels} channels")
            # What a program writes to a pipe has no true length in its head: what there is, counts.
            frames = file.readframes(round(LONGEST_S * rate_hz) + 1)
    except (wave.Error, EOFError) as exc:
        raise SetupError(f"expected a WAV file: {exc}") from exc
    samples = np.frombuffer(frames[: len(frames) // (_SAMPLE_BYTES * channels) * _SAMPLE_BYTES * channels], "<i2")
    if len(samples) > LONGEST_S * rate_hz * channels:
        raise SetupError(f"expected at most {LONGEST_S:.0f} s of sound")
    mono = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
    return mono if rate_hz == RATE_HZ else _resampled(mono, rate_hz)


def _resampled(mono: Pcm, rate_hz: int) -> Pcm:
    if not len(mono):
        return mono
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate_hz
    made = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.asarray(each.to_ndarray(), np.int16).reshape(-1) for each in made])
