"""A voice over a line with faults, in virtual time: packets in, what the loudspeaker plays out."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from robot_agent.media.voice.opus import FRAME_SAMPLES, OpusEncoder
from robot_agent.media.voice.pcm import Pcm
from robot_agent.media.voice.playout import PlayoutBuffer
from simulator.voices import speech

FRAME_MS = 20.0
TURN_MS = 10.0


@cache
def packets() -> tuple[bytes, ...]:
    """Ten seconds of speech, encoded once."""
    encoder, voice = OpusEncoder(), speech(10.0, seed=7)
    return tuple(encoder.encode(voice[at : at + FRAME_SAMPLES]) for at in range(0, len(voice), FRAME_SAMPLES))


Delay = Callable[[int, np.random.Generator], float | None]
"""From the packet's number to its delay in ms; None when it is lost."""


def clean(_: int, __: np.random.Generator) -> float | None:
    return 0.0


def lossy(share: float, delay: Delay = clean) -> Delay:
    def fate(number: int, dice: np.random.Generator) -> float | None:
        return None if dice.random() < share else delay(number, dice)

    return fate


def jittery(most_ms: float) -> Delay:
    return lambda _, dice: float(dice.uniform(0, most_ms))


@dataclass
class VoiceLine:
    """`frames` and `starts_ms` say what is sent; every arrival may be seen, or doubled, through `arrivals`."""

    delay: Delay = clean
    seed: int = 1
    first_rtp: int = 1_000
    base_ms: float = 30.0
    buffer: PlayoutBuffer = field(default_factory=PlayoutBuffer)
    played: list[Pcm] = field(default_factory=list)
    waits_ms: list[float | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = np.random.default_rng(self.seed)
        self.now_ms = 0.0
        self.sent = 0
        self._under_way: list[tuple[float, int, int, bytes]] = []

    def run(self, seconds: float) -> "VoiceLine":
        """Send and play for that long, a packet every other turn."""
        end_ms = self.now_ms + seconds * 1000
        while self.now_ms < end_ms:
            if round(self.now_ms / TURN_MS) % 2 == 0:
                self.send()
            self.listen(TURN_MS)
        return self

    def listen(self, ms: float) -> None:
        """Play for that long without sending."""
        for _ in range(round(ms / TURN_MS)):
            for at_ms, rtp_time, payload in self._arrived():
                self.buffer.add(payload, rtp_time=rtp_time, now_ms=at_ms)
            self.played.append(self.buffer.pull(now_ms=self.now_ms))
            self.waits_ms.append(self.buffer.wait_ms)
            self.now_ms += TURN_MS

    def send(self) -> None:
        """Send the next packet."""
        delay_ms = self.delay(self.sent, self.dice)
        rtp_time = (self.first_rtp + self.sent * FRAME_SAMPLES) % 2**32
        if delay_ms is not None:
            payload = packets()[self.sent % len(packets())]
            heapq.heappush(self._under_way, (self.now_ms + self.base_ms + delay_ms, self.sent, rtp_time, payload))
        self.sent += 1

    def pause(self, ms: float) -> None:
        """Let the sender's clock go on while it sends nothing."""
        self.sent += round(ms / FRAME_MS)
        self.listen(ms)

    @property
    def wait_ms(self) -> float:
        """The median wait of the last second."""
        heard = [wait for wait in self.waits_ms[-100:] if wait is not None]
        return float(np.median(heard))

    @property
    def pcm(self) -> Pcm:
        return np.concatenate(self.played)

    def share(self, samples: int) -> float:
        return samples / max(1, self.buffer.counts.played)

    def _arrived(self) -> Iterator[tuple[float, int, bytes]]:
        while self._under_way and self._under_way[0][0] <= self.now_ms:
            at_ms, _, rtp_time, payload = heapq.heappop(self._under_way)
            yield at_ms, rtp_time, payload
