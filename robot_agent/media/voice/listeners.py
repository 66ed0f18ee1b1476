"""Who listens to the hall: each encoded 20 ms goes to every listener, through a short queue of its own."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from robot_agent.media.crowd import Crowd

QUEUE_PACKETS: Final = 5  # 100 ms: who is further behind has a stalled path, and old sound is of no use


@dataclass(frozen=True, slots=True)
class HallSound:
    """One Opus packet, 20 ms of the hall, the same for everybody."""

    payload: bytes
    rtp_time: int
    captured_ns: int


class Ear:
    """One listener's queue; the newest packets push out the oldest."""

    def __init__(self) -> None:
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

    def __len__(self) -> int:
        return len(self._ears)

    def join(self) -> Ear:
        """Return an ear that hears from now on."""
        ear = Ear()
        self._ears.join(ear)
        return ear

    def leave(self, ear: Ear) -> None:
        """Forget `ear`; leaving twice is nothing."""
        self._ears.leave(ear)

    def deliver(self, sound: HallSound) -> None:
        """Offer `sound` to every listener."""
        for ear in self._ears:
            ear.offer(sound)
