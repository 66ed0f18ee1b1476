"""Who watches: every viewer gets the same pictures through a short queue of its own, so that none delays another."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from robot_agent.media.crowd import Crowd
from robot_agent.media.picture import Picture

QUEUE_PICTURES: Final = 4


class Feed:
    """One viewer's queue of shared pictures; it starts, and after an overflow resumes, with a keyframe."""

    def __init__(self, *, ask_keyframe: Callable[[], None], filled: asyncio.Event | None = None) -> None:
        self._ask_keyframe = ask_keyframe
        self._queue: deque[Picture] = deque()
        self._filled = asyncio.Event() if filled is None else filled
        self._resync = True

    def offer(self, picture: Picture) -> None:
        """Take `picture` over, or drop it because this viewer cannot show it; never blocks."""
        if picture.keyframe:
            self._queue.clear()  # whatever waits is older, and no longer needed to decode what follows
            self._resync = False
        elif self._resync:
            return
        elif len(self._queue) >= QUEUE_PICTURES:
            self.resync()
            return
        self._queue.append(picture)
        self._filled.set()

    def resync(self) -> None:
        """Drop everything until the next keyframe, and ask for one."""
        self._queue.clear()
        self._resync = True
        self._ask_keyframe()

    def poll(self) -> Picture | None:
        """Return the next picture to send, if there is one."""
        return self._queue.popleft() if self._queue else None

    async def next(self) -> Picture:
        """Wait for the next picture to send."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()


class Fanout:
    """All feeds. `on_change` is called when the first viewer has come and when the last one has gone."""

    def __init__(self, *, ask_keyframe: Callable[[], None], on_change: Callable[[], None]) -> None:
        self._ask_keyframe = ask_keyframe
        self._feeds = Crowd[Feed](on_change=on_change)

    def __len__(self) -> int:
        return len(self._feeds)

    def join(self, filled: asyncio.Event | None = None) -> Feed:
        """Return a feed that begins with a keyframe, soon, and sets `filled` with each picture."""
        feed = Feed(ask_keyframe=self._ask_keyframe, filled=filled)
        self._feeds.join(feed)
        self._ask_keyframe()
        return feed

    def leave(self, feed: Feed) -> None:
        """Forget `feed`; leaving twice is nothing."""
        self._feeds.leave(feed)

    def deliver(self, picture: Picture) -> None:
        """Offer `picture` to every viewer."""
        for feed in self._feeds:
            feed.offer(picture)

    def ask_keyframe(self) -> None:
        """Pass on a viewer's request."""
        self._ask_keyframe()
