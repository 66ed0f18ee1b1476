"""How old is what the sender of a command knew? Answered on the robot's own clock, so that no clock sync is trusted.

The robot numbers its beacons (`Telemetry.tick`) and stamps its pictures (RTP time -> capture time). A command echoes
the newest of each that its sender had; the time since they left is the age of the sender's knowledge, and, for the
picture, the whole loop: camera -> eye -> hand -> wheel.
"""

from collections import OrderedDict
from typing import Final

BEACONS_KEPT: Final = 256  # 12.8 s at 20 Hz
PICTURES_KEPT: Final = 256  # 8.5 s at 30 fps


class BeaconLog:
    """When each of the latest beacons left. The age of an unknown one is None."""

    def __init__(self, *, kept: int = BEACONS_KEPT) -> None:
        self._kept = kept
        self._left_ns: OrderedDict[int, int] = OrderedDict()

    def left(self, tick: int, *, now_ns: int) -> None:
        """Note that beacon `tick` leaves now."""
        _note(self._left_ns, tick, now_ns, kept=self._kept)

    def age_ns(self, tick: int, *, now_ns: int) -> int | None:
        """Return how long ago beacon `tick` left, None when it never did or is forgotten."""
        return _age(self._left_ns, tick, now_ns=now_ns)

    def is_forgotten(self, tick: int) -> bool:
        """Return whether `tick` is older than all that are remembered."""
        oldest = next(iter(self._left_ns), None)
        return oldest is not None and tick < oldest


class PictureLog:
    """When each of the latest pictures was captured, by its RTP time (32 bits, wraps)."""

    def __init__(self, *, kept: int = PICTURES_KEPT) -> None:
        self._kept = kept
        self._captured_ns: OrderedDict[int, int] = OrderedDict()

    def captured(self, rtp_time: int, *, captured_ns: int) -> None:
        """Note when the picture that bears `rtp_time` was captured."""
        _note(self._captured_ns, rtp_time, captured_ns, kept=self._kept)

    def age_ns(self, rtp_time: int, *, now_ns: int) -> int | None:
        """Return how long ago that picture was captured, None when no such picture is remembered."""
        return _age(self._captured_ns, rtp_time, now_ns=now_ns)


def _note(log: "OrderedDict[int, int]", key: int, when_ns: int, *, kept: int) -> None:
    log.pop(key, None)
    log[key] = when_ns
    while len(log) > kept:
        log.popitem(last=False)


def _age(log: "OrderedDict[int, int]", key: int, *, now_ns: int) -> int | None:
    when_ns = log.get(key)
    return None if when_ns is None else max(0, now_ns - when_ns)
