"""Reads what a traced motion process wrote: each drive command that arrived, and each tick's setpoint."""

from pathlib import Path

import msgspec


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A drive command that reached the motion process; `received_ns` is this host's monotonic clock."""

    received_ns: int
    peer: str
    road: str
    seq: int
    fence: int
    verdict: str


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """What the driver was told at one tick, in m/s and rad/s."""

    tick_ns: int
    vx: float
    vy: float
    wz: float
    limit: str
    state: str

    @property
    def is_still(self) -> bool:
        """Whether the driver was told to stand."""
        return self.vx == 0.0 and self.vy == 0.0 and self.wz == 0.0


class MotionTrace:
    """All lines of a trace so far, in order."""

    def __init__(self, arrivals: list[Arrival], ticks: list[Tick]) -> None:
        self.arrivals = arrivals
        self.ticks = ticks


def read_trace(path: Path) -> MotionTrace:
    """Read a trace, the last line of which may still be half written; empty when there is none."""
    arrivals: list[Arrival] = []
    ticks: list[Tick] = []
    if path.exists():
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                continue
            if line.startswith(b'{"received_ns"'):
                arrivals.append(_arrival.decode(line))
            else:
                ticks.append(_tick.decode(line))
    return MotionTrace(arrivals, ticks)


_arrival = msgspec.json.Decoder(Arrival)
_tick = msgspec.json.Decoder(Tick)
