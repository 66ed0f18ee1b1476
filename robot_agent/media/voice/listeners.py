"""Who listens: each encoded 20 ms of a mix goes to everybody who gets that mix, through a short queue of their own."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from robot_agent.media.crowd import Crowd
from robot_agent.media.voice.mixes import HALL, Mix

QUEUE_PACKETS: Final = 5  # 100 ms: who is further behind has a stalled path, and old sound is of no use


@dataclass(frozen=True, slots=True)
class HallSound:
    """One Opus packet, 20 ms of a mix, the same for everybody who gets it."""

    payload: bytes
    rtp_time: int
    captured_ns: int


class Ear:
    """The queue of `peer`; the newest packets push out the oldest. `mix` is what is meant for it now."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.mix = HALL
        self._queue: deque[HallSound] = deque(maxlen=QUEUE_PACKETS)
        self._filled = asyncio.Event()

    def offer(self, sound: HallSound) -> None:
        """Take `sound` over; never blocks."""
        self._queue.append(sound)
        self._filled.set()

    async def next(self) -> HallSound:
        """Wait for the next packet to send."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


class Listeners:
    """All ears. `on_change` is called when the first listener has come and when the last one has gone."""

    def __init__(self, *, on_change: Callable[[], None]) -> None:
        self._ears = Crowd[Ear](on_change=on_change)

    @property
    def mixes(self) -> frozenset[Mix]:
        """What somebody listens to now."""
        return frozenset(ear.mix for ear in self._ears)

    def join(self, peer: str) -> Ear:
        """Return an ear of `peer` that hears from now on."""
        ear = Ear(peer)
        self._ears.join(ear)
        return ear

    def leave(self, ear: Ear) -> None:
        """Forget `ear`; leaving twice is nothing."""
        self._ears.leave(ear)

    def assign(self, mix_for: Callable[[str], Mix]) -> None:
        """Give everybody the mix that `mix_for` says."""
        for ear in self._ears:
            ear.mix = mix_for(ear.peer)

    def deliver(self, sounds: Mapping[Mix, HallSound]) -> None:
        """Offer each listener the sound that is meant for it."""
        for ear in self._ears:
            sound = sounds.get(ear.mix)
            if sound is not None:
                ear.offer(sound)
