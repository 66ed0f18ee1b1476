"""How late the laboratory itself was: a run in which it was late says nothing about what it carried."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from teleop_core.errors import StagebridgeError

P99_LIMIT_MS: Final = 2.0
MAX_LIMIT_MS: Final = 15.0


class LateError(StagebridgeError):
    """The laboratory was late itself, so that the run is not reported."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Percentiles by nearest rank, in ms; NaN when there was nothing."""

    count: int
    p50: float
    p99: float
    p999: float
    max: float

    @classmethod
    def of(cls, values_ns: Iterable[int]) -> "Spread":
        """Return the spread of times in ns."""
        ranked = sorted(values_ns)

        def at(percent: float) -> float:
            return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)] / 1e6 if ranked else math.nan

        return cls(count=len(ranked), p50=at(50), p99=at(99), p999=at(99.9), max=at(100))


class LinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one link carried: packets each way, and how old the bare datagrams to the robot were on arrival."""

    packets_to_robot: int
    packets_from_robot: int
    dropped: int
    reference_sent: int
    reference: Spread


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run: how late packets were given out, by how much the switch was kept from looking, and its links."""

    seconds: float
    is_real_time: bool
    late: Spread
    stalls_max_ms: float
    links: tuple[LinkReport, ...]

    def lateness(self, *, max_ms: float = MAX_LIMIT_MS) -> str | None:
        """Return why this run is not to be trusted, None when it is."""
        if self.late.p99 > P99_LIMIT_MS or max(self.late.max, self.stalls_max_ms) > max_ms:
            return (
                f"the laboratory was late itself: expected packets at most {P99_LIMIT_MS:g} ms (p99) and {max_ms:g} ms "
                f"(ever) after their time, saw {self.late.p99:.1f} and {self.late.max:.1f} ms, and "
                f"{self.stalls_max_ms:.1f} ms without a look; run it on a machine that is less busy"
            )
        return None

    def required(self, *, max_ms: float = MAX_LIMIT_MS) -> "RunReport":
        """Return this report; `max_ms` is by how much it may have been late once.

        Raises:
            LateError: the laboratory was late.

        """
        lateness = self.lateness(max_ms=max_ms)
        if lateness is not None:
            raise LateError(lateness)
        return self
