"""Who gets which rendition, and what each rendition may spend.

A rendition follows the worst of those who watch it, within its bounds; who cannot keep up with its floor goes to the
next lower one, so that nobody else pays for a bad link, and below the lowest to sound alone.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from robot_agent.media.rate.patience import Patience, Turn

RETURN_ABOVE: Final = 1.4  # times the floor of the better rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a rendition may spend: below the floor it is not worth watching, the ceiling is where its encoder opens."""

    name: str
    floor_bps: float
    ceiling_bps: float


@dataclass(slots=True)
class _Seat:
    level: int
    patience: Patience
    target_bps: float = 0.0


class Assignment:
    """Places viewers on renditions, which are given best first."""

    def __init__(self, renditions: Sequence[Bounds]) -> None:
        self._renditions = tuple(renditions)
        self._seats: dict[Hashable, _Seat] = {}

    def place(
        self, viewer: Hashable, target_bps: float, *, now_ns: int, at_once: bool = False, best: int = 0
    ) -> Bounds | None:
        """Return what `viewer`, whose road carries `target_bps`, is to watch; None is sound alone.

        `at_once` is for a viewer who needs a keyframe anyway; `best` is the first rendition that it may have.
        """
        seat = self._seats.get(viewer)
        if seat is None:
            seat = self._seats[viewer] = _Seat(level=self._first(target_bps, best), patience=Patience())
        seat.target_bps = target_bps
        seat.level = max(best, seat.level)
        turn = seat.patience.turn(self._wish(seat, best), now_ns=now_ns, at_once=at_once)
        if turn is Turn.DOWN and at_once:
            seat.level = max(seat.level + 1, self._first(target_bps, best))
        else:
            seat.level -= turn.value
        return self._renditions[seat.level] if seat.level < len(self._renditions) else None

    def rest(self, viewer: Hashable) -> None:
        """Count `viewer` for nothing until it is placed again: its road is out."""
        if viewer in self._seats:
            self._seats[viewer].target_bps = math.inf

    def leave(self, viewer: Hashable) -> None:
        """Forget `viewer`; twice is nothing."""
        self._seats.pop(viewer, None)

    def spendable_bps(self, rendition: Bounds) -> float | None:
        """Return what `rendition` may spend, None while nobody watches it."""
        level = self._renditions.index(rendition)
        targets = [seat.target_bps for seat in self._seats.values() if seat.level == level]
        if not targets:
            return None
        return min(rendition.ceiling_bps, max(rendition.floor_bps, min(targets)))

    def _first(self, target_bps: float, best: int) -> int:
        """Return the best level that `target_bps` carries; everybody begins with a picture."""
        fitting = [level for level, each in enumerate(self._renditions) if target_bps >= each.floor_bps]
        return max(best, fitting[0] if fitting else len(self._renditions) - 1)

    def _wish(self, seat: _Seat, best: int) -> Turn:
        if seat.level < len(self._renditions) and seat.target_bps < self._renditions[seat.level].floor_bps:
            return Turn.DOWN
        if seat.level > best and seat.target_bps > RETURN_ABOVE * self._renditions[seat.level - 1].floor_bps:
            return Turn.UP
        return Turn.STAY
