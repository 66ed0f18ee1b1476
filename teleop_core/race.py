"""Which road brings a driver's commands first, how often and by how much, over the last while; for display only."""

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

from teleop_core.timebase import seconds, to_ms
from teleop_core.wire.messages import Road, RoadRace

WINDOW_NS: Final = seconds(10)
MAX_RUNS: Final = 1024  # a driver sends half of that in the window; more is a flood


@dataclass(slots=True)
class _Run:
    seq: int
    road: Road
    at_ns: int
    lead_ns: int | None = None


class Race:
    """The commands of one driver after another, each won by the road that brought it first."""

    def __init__(self) -> None:
        self._runs: deque[_Run] = deque()
        self._by_seq: dict[int, _Run] = {}

    def begin(self) -> None:
        """Forget the last driver."""
        self._runs.clear()
        self._by_seq.clear()

    def won(self, seq: int, road: Road, *, now_ns: int) -> None:
        """Note that command `seq` counts, as `road` brought it."""
        run = _Run(seq, road, now_ns)
        self._runs.append(run)
        self._by_seq[seq] = run
        if len(self._runs) > MAX_RUNS:
            self._forget_oldest()

    def followed(self, seq: int, road: Road, *, now_ns: int) -> None:
        """Note that `road` brought a copy; of several, the first tells the lead."""
        run = self._by_seq.get(seq)
        if run is not None and run.road is not road and run.lead_ns is None:
            run.lead_ns = now_ns - run.at_ns

    def standings(self, *, now_ns: int) -> tuple[RoadRace, ...]:
        """Return each road that won lately."""
        while self._runs and now_ns - self._runs[0].at_ns >= WINDOW_NS:
            self._forget_oldest()
        return tuple(self._standing(road) for road in Road if any(run.road is road for run in self._runs))

    def _standing(self, road: Road) -> RoadRace:
        runs = [run for run in self._runs if run.road is road]
        leads_ns = [run.lead_ns for run in runs if run.lead_ns is not None]
        lead_ms = round(to_ms(round(median(leads_ns))), 1) if leads_ns else None
        return RoadRace(road=road, won=len(runs), lead_ms=lead_ms)

    def _forget_oldest(self) -> None:
        del self._by_seq[self._runs.popleft().seq]
