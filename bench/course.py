"""The way that the plant made around a fault, from looks at it: when it came to rest, and how far after the fault.

The stage tells its own time with each look. It advances in steps, every 10 ms, so a look is a little older than the
monotonic time that it bears; the smallest difference of the two clocks among many looks is that of a fresh one, and
joins them to within a few milliseconds.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from simulator.stage_link import Truth
from teleop_core.timebase import NS_PER_MS, NS_PER_S

MOST_SLIP_NS: Final = 10 * NS_PER_MS  # a stage that was starved drops time, and its figures with it
LOOKS_APIECE: Final = 12  # among so many, one is fresh


class NoFigureError(Exception):
    """A run cannot be judged; the message says why."""


class NeverStoodError(Exception):
    """The robot did not come to rest after a fault: no missing figure, but a broken promise."""


@dataclass(frozen=True, slots=True)
class Look:
    """The plant at one instant: in stage time, seen at `monotonic_ns`."""

    monotonic_ns: int
    stage_ns: int
    path_m: float
    speed_mps: float
    x_m: float
    still_for_ns: int | None

    @classmethod
    def at(cls, truth: Truth) -> "Look":
        """Return what of `truth` counts here."""
        return cls(
            monotonic_ns=truth.monotonic_ns,
            stage_ns=truth.stage_ns,
            path_m=truth.path_m,
            speed_mps=truth.speed_mps,
            x_m=truth.pose.x_m,
            still_for_ns=truth.still_for_ns,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """How a drive ended: seconds and metres from an instant to rest."""

    seconds: float
    metres: float


class Course:
    """Looks in the order that they were taken."""

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def saw(self, look: Look) -> None:
        """Add a look."""
        self.looks.append(look)

    def standstill_after(self, fault_ns: int) -> Standstill:
        """Return how the drive ended that was under way at `fault_ns`, an instant on the monotonic clock.

        Raises:
            NoFigureError: the robot does not rest, the looks do not reach around the fault, or the stage lost time.

        """
        last = self.looks[-1] if self.looks else None
        if last is None or last.still_for_ns is None:
            raise NoFigureError("expected looks that end with a robot at rest")
        offset_ns = self._offset_ns()
        fault_stage_ns = fault_ns - offset_ns
        rest_ns = last.stage_ns - last.still_for_ns
        return Standstill(
            seconds=(rest_ns - fault_stage_ns) / NS_PER_S,
            metres=last.path_m - self._path_at(fault_stage_ns),
        )

    def slowest_mps(self, from_ns: int, to_ns: int) -> float:
        """Return the lowest speed seen between two instants of the monotonic clock.

        Raises:
            NoFigureError: nobody looked then.

        """
        speeds = [look.speed_mps for look in self.looks if from_ns <= look.monotonic_ns <= to_ns]
        if not speeds:
            raise NoFigureError("expected a look at the speed, saw none: this process was starved")
        return min(speeds)

    def _offset_ns(self) -> int:
        differences_ns = [look.monotonic_ns - look.stage_ns for look in self.looks]
        freshest_ns = [min(differences_ns[at : at + LOOKS_APIECE]) for at in self._whole_pieces()]
        if not freshest_ns:
            raise NoFigureError(f"expected {LOOKS_APIECE} looks or more, saw {len(self.looks)}")
        slip_ns = max(freshest_ns) - min(freshest_ns)
        if slip_ns > MOST_SLIP_NS:
            raise NoFigureError(f"the stage lost {slip_ns / NS_PER_MS:.0f} ms: it was starved")
        return min(freshest_ns)

    def _whole_pieces(self) -> range:
        return range(0, len(self.looks) - LOOKS_APIECE + 1, LOOKS_APIECE)

    def _path_at(self, stage_ns: int) -> float:
        for before, after in pairwise(self.looks):
            if before.stage_ns <= stage_ns <= after.stage_ns and before.stage_ns < after.stage_ns:
                share = (stage_ns - before.stage_ns) / (after.stage_ns - before.stage_ns)
                return before.path_m + share * (after.path_m - before.path_m)
        raise NoFigureError("expected looks before and after the fault")
