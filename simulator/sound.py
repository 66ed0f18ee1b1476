"""The sound device of kind "sim": a hall with a known chirp, a murmur, and walls that give the loudspeaker back.

Every whole second of CLOCK_MONOTONIC the hall chirps, so that what a page hears can be laid beside the clock. The
loudspeaker's sound comes back into the microphone through a few reflections, as a robot's own would.
"""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from robot_agent.media.voice.pcm import RATE_HZ, TURN_SAMPLES, Pcm, from_bytes
from teleop_core.errors import ConfigError
from teleop_core.timebase import NS_PER_MS, NS_PER_S

TURN_NS: Final = 10 * NS_PER_MS
CHIRP_S: Final = 0.03
CHIRP_HZ: Final = (1_000.0, 3_000.0)
CHIRP_PEAK: Final = 0.12

_LATE_NS: Final = 5 * TURN_NS  # further behind, turns are lost, as a sound card loses them
_REFLECTIONS: Final = ((6.0, 0.5), (11.0, -0.27), (17.3, 0.18), (26.0, -0.12), (41.7, 0.08), (63.0, 0.05))  # ms, gain
_MEMORY_SAMPLES: Final = RATE_HZ // 5

Wave = npt.NDArray[np.float64]


class SimSoundSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[robot.voice.sound]` table of kind "sim": what the hall is like."""

    chirps: bool = True
    murmur_dbfs: Annotated[float, Meta(ge=-100, le=0)] = -58.0
    echo_db: Annotated[float, Meta(ge=-60, le=0)] = -12.0  # the loudspeaker in the microphone
    seed: int = 1


def open_sound(settings: dict[str, object]) -> "SimSound":
    """Return the simulated hall's sound.

    Raises:
        ConfigError: the settings are wrong.

    """
    try:
        return SimSound(msgspec.convert(settings, SimSoundSettings))
    except msgspec.ValidationError as exc:
        raise ConfigError(f"robot.voice.sound (sim): {exc}") from exc


class Hall:
    """What the microphone hears, 10 ms at a time; a pure function of its settings, the time and the loudspeaker."""

    def __init__(self, settings: SimSoundSettings) -> None:
        self._settings = settings
        self._dice = np.random.default_rng(settings.seed)
        self._said: Wave = np.zeros(_MEMORY_SAMPLES + TURN_SAMPLES)
        self._loudness = 10 ** (settings.murmur_dbfs / 20)
        self._gain = 10 ** (settings.echo_db / 20) / np.sqrt(sum(gain**2 for _, gain in _REFLECTIONS))

    def hear(self, spoken: Pcm, *, at_ns: int) -> Pcm:
        """Return what is heard in the 10 ms from `at_ns` on, while `spoken` leaves the loudspeaker."""
        self._said = np.concatenate([self._said[TURN_SAMPLES:], spoken / 32768])
        wave = self._dice.standard_normal(TURN_SAMPLES) * self._loudness
        for delay_ms, gain in _REFLECTIONS:
            end = len(self._said) - round(delay_ms / 1000 * RATE_HZ)
            wave += self._said[end - TURN_SAMPLES : end] * (gain * self._gain)
        if self._settings.chirps:
            wave += chirp_at(at_ns)
        return np.clip(np.round(wave * 32767), -32768, 32767).astype(np.int16)


def chirp_at(at_ns: int) -> Wave:
    """Return the hall's chirp in the 10 ms from `at_ns` on: nothing but at the beginning of each second."""
    into_s = (at_ns % NS_PER_S) / NS_PER_S
    at_s = into_s + np.arange(TURN_SAMPLES) / RATE_HZ
    at_s = np.where(at_s >= 1, at_s - 1, at_s)
    low_hz, high_hz = CHIRP_HZ
    phase = 2 * np.pi * (low_hz * at_s + (high_hz - low_hz) * at_s**2 / (2 * CHIRP_S))
    swell = np.sin(np.pi * np.clip(at_s / CHIRP_S, 0, 1))
    return np.asarray(CHIRP_PEAK * swell * np.sin(phase))


class SimSound:
    """The simulated hall as a `SoundDevice`, in true time."""

    output_ms = 0.0

    def __init__(self, settings: SimSoundSettings) -> None:
        self._hall = Hall(settings)
        self._closed = threading.Event()
        self.lost_turns = 0  # for want of the processor

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        due_ns = time.monotonic_ns()
        heard = bytes(TURN_SAMPLES * 2)
        while not self._closed.is_set():
            spoken = from_bytes(turn(heard))
            heard = self._hall.hear(spoken, at_ns=due_ns).astype("<i2").tobytes()
            due_ns += TURN_NS
            late_ns = time.monotonic_ns() - due_ns
            if late_ns > _LATE_NS:
                lost = late_ns // TURN_NS
                self.lost_turns += lost
                due_ns += lost * TURN_NS
            self._closed.wait(max(0, -late_ns) / NS_PER_S)

    def close(self) -> None:
        self._closed.set()
