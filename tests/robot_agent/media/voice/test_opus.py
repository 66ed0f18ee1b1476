"""libopus by ctypes: what goes in comes out, and what is lost is made up for."""

import contextlib
import ctypes

import numpy as np
import pytest

from robot_agent.media.voice import opus
from robot_agent.media.voice.opus import FRAME_SAMPLES, OpusDecoder, OpusEncoder, OpusError
from robot_agent.media.voice.pcm import RATE_HZ, Pcm, silence
from simulator.voices import rms, speech, tone
from teleop_core.errors import SetupError


def encoded(pcm: Pcm) -> list[bytes]:
    encoder = OpusEncoder()
    return [encoder.encode(pcm[at : at + FRAME_SAMPLES]) for at in range(0, len(pcm) // 960 * 960, FRAME_SAMPLES)]


def loudest_hz(pcm: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * RATE_HZ / len(pcm))


def test_a_tone_comes_out_as_it_went_in() -> None:
    decoder = OpusDecoder()

    heard = np.concatenate([decoder.decode(packet) for packet in encoded(tone(0.5, hz=440))])

    settled = heard[RATE_HZ // 5 :]
    assert loudest_hz(settled) == pytest.approx(440, abs=5)
    assert rms(settled) == pytest.approx(rms(tone(0.3)), rel=0.2)


def test_a_burst_comes_out_after_the_codec_s_own_delay() -> None:
    burst = np.concatenate([silence(9600), tone(0.03, hz=1000), silence(9600)])
    decoder = OpusDecoder()

    heard = np.concatenate([decoder.decode(packet) for packet in encoded(burst)])

    onset = int(np.argmax(np.abs(heard) > 3000))
    assert 9600 <= onset <= 9600 + RATE_HZ * 0.012  # 6.5 ms of look-ahead, and the attack


def test_speech_costs_about_what_was_asked() -> None:
    packets = encoded(speech(4.0))

    kbps = sum(map(len, packets)) * 8 / 4.0 / 1000
    assert 18 <= kbps <= 36


def test_a_lost_packet_comes_back_from_the_next_one() -> None:
    voice = speech(3.0, seed=4)
    packets = encoded(voice)
    whole, concealed, recovered = OpusDecoder(), OpusDecoder(), OpusDecoder()
    gap_concealed = gap_recovered = signal = 0.0
    for index, packet in enumerate(packets[:-1]):
        truth = whole.decode(packet)
        if index % 10 == 5:
            hole, mended = concealed.conceal(FRAME_SAMPLES), recovered.recover(packets[index + 1], FRAME_SAMPLES)
            assert len(hole) == len(mended) == FRAME_SAMPLES
            signal += rms(truth)
            gap_concealed += _distance(truth, hole)
            gap_recovered += _distance(truth, mended)
        else:
            concealed.decode(packet)
            recovered.decode(packet)

    assert signal > 0
    assert gap_recovered < 0.85 * gap_concealed


def _distance(one: Pcm, other: Pcm) -> float:
    """Return the log-spectral distance, in dB."""
    spectra = [20 * np.log10(np.abs(np.fft.rfft(each * np.hanning(len(each)))) + 30)[:80] for each in (one, other)]
    return float(np.sqrt(np.mean((spectra[0] - spectra[1]) ** 2)))


def test_concealment_sounds_on_and_fades_away() -> None:
    decoder = OpusDecoder()
    for packet in encoded(tone(0.4, hz=300)):
        decoder.decode(packet)

    first, *_, last = (decoder.conceal(FRAME_SAMPLES) for _ in range(20))

    assert rms(first) > 0.5 * rms(tone(0.1))
    assert rms(last) < 0.05 * rms(first)


@pytest.mark.parametrize("hostile", [b"", b"\xff", b"\xff" * 3, b"\x03\xff" + bytes(40), bytes([0x7F, 0x3F])])
def test_what_is_no_packet_is_refused(hostile: bytes) -> None:
    with pytest.raises(OpusError):
        opus.samples_of(hostile)


def test_random_bytes_never_do_worse_than_be_refused() -> None:
    dice = np.random.default_rng(3)
    decoder = OpusDecoder()
    for _ in range(500):
        packet = dice.bytes(int(dice.integers(1, 1400)))
        with contextlib.suppress(OpusError):
            samples = opus.samples_of(packet)
            assert len(decoder.decode(packet)) <= samples


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(OpusError, match="expected 960 samples, got 480"):
        OpusEncoder().encode(silence(480))


def test_without_the_library_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> ctypes.CDLL:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", absent)
    with pytest.raises(SetupError, match="apt-get install libopus0"):
        opus.library.__wrapped__()


def test_the_library_inside_the_wheel_comes_first() -> None:
    assert "opus" in next(iter(opus._candidates()))
    assert opus.library() is opus.library()
