"""The simulated hall's sound: a chirp at each whole second, and the loudspeaker comes back."""

import threading

import numpy as np
import pytest

from robot_agent.media.voice.pcm import TURN_SAMPLES, Pcm, silence
from simulator.sound import CHIRP_PEAK, Hall, SimSoundSettings, chirp_at, open_sound
from teleop_core.errors import ConfigError
from teleop_core.timebase import NS_PER_S

TURN_NS = 10_000_000


def heard(hall: Hall, spoken: Pcm, *, from_ns: int = 0) -> Pcm:
    turns = range(len(spoken) // TURN_SAMPLES)
    return np.concatenate(
        [hall.hear(spoken[TURN_SAMPLES * turn :][:TURN_SAMPLES], at_ns=from_ns + TURN_NS * turn) for turn in turns]
    )


def test_the_hall_chirps_for_30_ms_at_each_whole_second() -> None:
    wave = np.concatenate([chirp_at(5 * NS_PER_S - 5 * TURN_NS + TURN_NS * turn) for turn in range(10)])

    loud = np.flatnonzero(np.abs(wave) > CHIRP_PEAK / 10)
    assert 2400 <= loud[0] <= 2500
    assert 3700 <= loud[-1] <= 3840
    assert np.abs(wave).max() == pytest.approx(CHIRP_PEAK, rel=0.05)


def test_a_chirp_that_begins_within_a_turn_is_whole() -> None:
    odd = np.concatenate([chirp_at(3 * NS_PER_S - 7_000_000 + TURN_NS * turn) for turn in range(5)])
    even = np.concatenate([chirp_at(3 * NS_PER_S + TURN_NS * turn) for turn in range(4)])

    assert np.allclose(odd[336 : 336 + 1440], even[:1440], atol=1e-6)


def test_the_loudspeaker_comes_back_as_loud_as_set() -> None:
    hall = Hall(SimSoundSettings(chirps=False, murmur_dbfs=-100, echo_db=-12))
    noise = (np.random.default_rng(1).uniform(-0.3, 0.3, 48_000) * 32767).astype(np.int16)

    echo = heard(hall, noise).astype(float)

    down_db = 20 * np.log10(np.std(echo[12_000:]) / np.std(noise))
    assert down_db == pytest.approx(-12, abs=1.5)
    assert np.abs(echo[:288]).max() <= 2  # the nearest wall is 6 ms away


def test_the_murmur_repeats_itself() -> None:
    one, other = (heard(Hall(SimSoundSettings(seed=4)), silence(4800)) for _ in range(2))

    assert np.array_equal(one, other)
    assert one.any()


def test_the_device_keeps_time_until_it_is_closed() -> None:
    device = open_sound({"echo_db": -20})
    turns: list[int] = []

    def turn(hall: bytes) -> bytes:
        turns.append(len(hall))
        if len(turns) == 5:
            device.close()
        return bytes(960)

    running = threading.Thread(target=device.run, args=(turn,))
    running.start()
    running.join(20)

    assert turns == [960] * 5


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="echo_db"):
        open_sound({"echo_db": 6})
