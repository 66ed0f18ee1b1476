"""A hall for tests: it hums, and remembers what the loudspeaker said."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from robot_agent.media.voice.pcm import Pcm, from_bytes
from simulator.voices import tone
from teleop_core.ports import SoundDevice

HUM_HZ = 600.0


@dataclass
class FakeHall:
    """A sound device in true time; with a `fault`, its thread dies of it after `turns_before_fault`."""

    output_ms: float = 7.0
    fault: Exception | None = None
    turns_before_fault: int = 3
    played: deque[bytes] = field(default_factory=lambda: deque(maxlen=1000))
    turns: int = 0

    def __post_init__(self) -> None:
        self.closed = threading.Event()

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        hum = tone(0.01, hz=HUM_HZ).tobytes()
        while not self.closed.wait(max(0.0, 0.01 - time.monotonic() % 0.01)):
            self.played.append(turn(hum))
            self.turns += 1
            if self.fault is not None and self.turns == self.turns_before_fault:
                raise self.fault

    def close(self) -> None:
        self.closed.set()

    @property
    def pcm(self) -> Pcm:
        return from_bytes(b"".join(self.played))


def halls(*each: FakeHall | Exception) -> Callable[[], SoundDevice]:
    """Return an opener that gives one after the other, and the last one for ever."""
    left = list(each)

    def open_next() -> SoundDevice:
        hall = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(hall, Exception):
            raise hall
        return hall

    return open_next


def loudest_hz(pcm: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * 48_000 / len(pcm))
