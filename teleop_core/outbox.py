"""Queue policy: what waits for one destination, and in which order it leaves.

Three parts, emptied in this order:

========  =========================================  ==========================================================
part      holds                                      when it is full
========  =========================================  ==========================================================
urgent    STOP and its acknowledgement, in order     the sender's share is used up: `Put.CROWDED`
events    everything lossless, in order              the sender's share: `CROWDED`; the whole: the outbox ends
states    the newest frame of each key               it cannot be: a newer frame replaces the older one
========  =========================================  ==========================================================

An outbox that has ended holds nothing and takes nothing; its shell closes the connection with the code given.
"""

import enum
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from teleop_core.wire.messages import CloseCode

MAX_EVENTS: Final = 512
MAX_EVENT_BYTES: Final = 1024 * 1024
MAX_URGENT_PER_SENDER: Final = 8
MAX_EVENTS_PER_SENDER: Final = 64


class Put(enum.Enum):
    """What became of a frame that was put into an outbox."""

    TAKEN = "taken"
    CROWDED = "crowded"  # this sender has its share waiting already; the frame was not taken
    ENDED = "ended"  # the outbox has ended, now or before; the frame was not taken


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection is to be closed."""

    code: CloseCode
    reason: str


@dataclass(slots=True)
class _Share:
    """How much of one sender waits."""

    urgent: int = 0
    events: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.urgent and not self.events


class Outbox:
    """What waits for one destination. `wake` is called whenever there is something to take, or the end to be seen."""

    def __init__(
        self,
        *,
        wake: Callable[[], None],
        max_events: int = MAX_EVENTS,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        self._wake = wake
        self._max_events = max_events
        self._max_event_bytes = max_event_bytes
        self._urgent: dict[Hashable, tuple[bytes, str]] = {}
        self._events: list[tuple[bytes, str]] = []
        self._event_bytes = 0
        self._states: dict[Hashable, bytes] = {}
        self._shares: dict[str, _Share] = {}
        self._ending: Ending | None = None

    @property
    def ending(self) -> Ending | None:
        """Why this outbox ended, None while it lives."""
        return self._ending

    def __len__(self) -> int:
        return len(self._urgent) + len(self._events) + len(self._states)

    def put_urgent(self, key: Hashable, frame: bytes, *, sender: str = "") -> Put:
        """Queue `frame` ahead of events and states; one with the same key that still waits is replaced in its place."""
        if self._ending is not None:
            return Put.ENDED
        if key not in self._urgent:
            share = self._shares.setdefault(sender, _Share())
            if share.urgent >= MAX_URGENT_PER_SENDER:
                return Put.CROWDED
            share.urgent += 1
        self._urgent[key] = (frame, sender)
        self._wake()
        return Put.TAKEN

    def put_event(self, frame: bytes, *, sender: str = "") -> Put:
        """Queue `frame` behind all events. No share is counted for the nameless sender, the bridge itself."""
        if self._ending is not None:
            return Put.ENDED
        if len(self._events) >= self._max_events or self._event_bytes + len(frame) > self._max_event_bytes:
            self.end(CloseCode.TOO_SLOW, "you did not read fast enough")
            return Put.ENDED
        if sender:
            share = self._shares.setdefault(sender, _Share())
            if share.events >= MAX_EVENTS_PER_SENDER:
                return Put.CROWDED
            share.events += 1
        self._events.append((frame, sender))
        self._event_bytes += len(frame)
        self._wake()
        return Put.TAKEN

    def put_state(self, key: Hashable, frame: bytes) -> Put:
        """Keep `frame` as the newest of `key`; an older one that still waits is gone."""
        if self._ending is not None:
            return Put.ENDED
        self._states[key] = frame
        self._wake()
        return Put.TAKEN

    def drop_states(self, keys: "tuple[Hashable, ...]") -> None:
        """Forget what waits under `keys`: who wished it is gone."""
        for key in keys:
            self._states.pop(key, None)

    def end(self, code: CloseCode, reason: str) -> None:
        """Drop all that waits and have the connection closed. The first ending stands."""
        if self._ending is not None:
            return
        self._ending = Ending(code, reason)
        self._urgent.clear()
        self._events.clear()
        self._states.clear()
        self._shares.clear()
        self._event_bytes = 0
        self._wake()

    @property
    def holds_only_states(self) -> bool:
        """Whether nothing waits that must not be lost."""
        return not self._urgent and not self._events

    def wake_nobody(self) -> None:
        """Let go of whoever emptied it: the connection is gone."""
        self._wake = _wake_nobody

    def take(self, *, states: bool = True) -> bytes | None:
        """Remove and return the next frame to send, None when nothing waits; without `states` those go on waiting."""
        if self._urgent:
            frame, sender = self._urgent.pop(next(iter(self._urgent)))
            self._shares[sender].urgent -= 1
        elif self._events:
            frame, sender = self._events.pop(0)
            self._event_bytes -= len(frame)
            if not sender:
                return frame
            self._shares[sender].events -= 1
        elif states and self._states:
            return self._states.pop(next(iter(self._states)))
        else:
            return None
        if self._shares[sender].is_empty:
            del self._shares[sender]
        return frame


def _wake_nobody() -> None:
    """Do nothing."""
