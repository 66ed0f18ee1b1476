"""Bursts are found where they are, and each is laid to the one that it became."""

import wave
from pathlib import Path

import numpy as np
import pytest

from bench.speaking_page import EVERY_MS, PEAK, Loudness, bursts, delays_ms, onsets, write_wave
from teleop_core.timebase import NS_PER_MS


def loudness(*, from_ms: float = 0.0, gain: float = 1.0) -> list[Loudness]:
    """Return the file as somebody hears it who hears it from `from_ms` on."""
    peaks = np.abs(bursts().astype(np.int32)).reshape(-1, 48).max(axis=1) / 32768
    return [Loudness((from_ms + at) * NS_PER_MS, gain * float(peak)) for at, peak in enumerate(peaks)]


def test_each_burst_is_found_once_where_it_begins() -> None:
    found = onsets(loudness())

    assert found == [each * EVERY_MS * NS_PER_MS for each in range(50)]
    assert onsets(loudness(gain=0.5)) == found
    assert onsets(loudness(gain=0.1)) == []


def test_a_delay_is_from_the_mouth_to_the_first_that_is_heard_after_it() -> None:
    delays = delays_ms(onsets(loudness()), onsets(loudness(from_ms=52.0)))

    assert [delay for _, delay in delays] == pytest.approx([52.0] * 50)


def test_a_burst_that_was_lost_has_no_delay() -> None:
    heard = onsets(loudness(from_ms=52.0))
    del heard[10]

    delays = delays_ms(onsets(loudness()), heard)

    assert len(delays) == 49
    assert max(delay for _, delay in delays) == pytest.approx(52.0)


def test_the_file_is_what_a_browser_s_microphone_takes(tmp_path: Path) -> None:
    write_wave(tmp_path / "bursts.wav", bursts())

    with wave.open(str(tmp_path / "bursts.wav")) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 48_000)
        pcm = np.frombuffer(read.readframes(read.getnframes()), "<i2")
    assert np.abs(pcm).max() == pytest.approx(PEAK * 32767, rel=0.01)
