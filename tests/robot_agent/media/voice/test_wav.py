"""Sound files become this room's sound, or are refused in words."""

import io
import wave

import numpy as np
import pytest

from robot_agent.media.voice.pcm import RATE_HZ
from robot_agent.media.voice.wav import LONGEST_S, read_wav
from teleop_core.errors import SetupError
from tests.robot_agent.media.voice.fake_hall import loudest_hz

TONE_HZ = 440.0


def wav(*, rate_hz: int = RATE_HZ, channels: int = 1, width: int = 2, lasts_s: float = 0.5) -> bytes:
    times = np.arange(round(rate_hz * lasts_s)) / rate_hz
    mono = (8000 * np.sin(2 * np.pi * TONE_HZ * times)).astype("<i2")
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(width)
            out.setframerate(rate_hz)
            out.writeframes(np.repeat(mono, channels).tobytes() if width == 2 else bytes(width * len(mono)))
        return file.getvalue()


@pytest.mark.parametrize("rate_hz", [48_000, 22_050, 16_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_one_or_two_channels_become_mono_at_48_khz(rate_hz: int, channels: int) -> None:
    pcm = read_wav(wav(rate_hz=rate_hz, channels=channels))

    assert len(pcm) == pytest.approx(0.5 * RATE_HZ, rel=0.01)
    assert loudest_hz(pcm) == pytest.approx(TONE_HZ, abs=4)


def test_a_length_that_a_pipe_could_not_know_is_what_there_is() -> None:
    endless = bytearray(wav())
    endless[4:8] = endless[40:44] = b"\xff\xff\xff\x7f"

    assert len(read_wav(bytes(endless))) == pytest.approx(0.5 * RATE_HZ, rel=0.01)


def test_nothing_is_nothing() -> None:
    assert len(read_wav(wav(rate_hz=16_000, lasts_s=0.0))) == 0


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "expected a WAV file"),
        (b"ID3 an mp3", "expected a WAV file"),
        (wav(width=1), "got 8 bits"),
        (wav(channels=3), "3 channels"),
        (wav(rate_hz=8_000, lasts_s=LONGEST_S + 1), "at most 120 s"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        read_wav(raw)
