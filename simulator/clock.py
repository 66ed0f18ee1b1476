"""How stage time follows real time: as it passes, N times as fast, or only on request."""

from typing import Protocol

from simulator.config import SimConfig


class StageClock(Protocol):
    """Says how many fixed steps of the stage are due."""

    def steps_due(self, *, now_ns: int) -> int:
        """Return how many steps to run now; `now_ns` is monotonic and never falls."""
        ...


class PacedClock:
    """Real time, or a multiple of it.

    After a stall longer than `max_lag_ns` the missed time is dropped: the stage goes on from where it was instead of
    leaping, as every dead-man would see a leap as a lapse that never happened to the robot.
    """

    def __init__(self, *, step_ns: int, rate: float = 1.0, max_lag_ns: int = 100_000_000) -> None:
        self._step_ns = step_ns
        self._rate = rate
        self._max_lag_ns = max_lag_ns
        self._last_ns: int | None = None
        self._owed_ns = 0.0

    def steps_due(self, *, now_ns: int) -> int:
        if self._last_ns is not None:
            self._owed_ns += min(now_ns - self._last_ns, self._max_lag_ns) * self._rate
        self._last_ns = now_ns
        steps = int(self._owed_ns // self._step_ns)
        self._owed_ns -= steps * self._step_ns
        return steps


class LockstepClock:
    """Time stands still; whoever steps the stage says how far."""

    def steps_due(self, *, now_ns: int) -> int:
        del now_ns  # real time does not matter here
        return 0


def make_clock(config: SimConfig, *, step_ns: int) -> StageClock:
    """Return the clock that `config.clock` names."""
    match config.clock:
        case "real":
            return PacedClock(step_ns=step_ns)
        case "lockstep":
            return LockstepClock()
        case rate:
            return PacedClock(step_ns=step_ns, rate=float(rate.removeprefix("x")))
