"""How old the newest command is that a robot knows, at every millisecond, by the road that it came over."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.motion_trace import Arrival
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import Road

STEP_NS: Final = NS_PER_MS


def newest_ages_ms(
    arrivals: Iterable[Arrival], sent_ns: Mapping[int, int], *, road: Road | None = None
) -> NDArray[np.float64]:
    """Return the ages of the newest command that came over `road`, over any for None, sampled every millisecond.

    From the first arrival to the last. Empty when fewer than two commands arrived.
    """
    instants: list[int] = []
    left: list[int] = []
    for arrival in sorted(arrivals, key=lambda each: each.received_ns):
        set_out_ns = sent_ns.get(arrival.seq)
        if set_out_ns is None or (road is not None and arrival.road != road.value):
            continue
        if not left or set_out_ns > left[-1]:
            instants.append(arrival.received_ns)
            left.append(set_out_ns)
    if len(instants) < 2:  # noqa: PLR2004 -- between two
        return np.zeros(0)
    at = np.arange(instants[0], instants[-1], STEP_NS, dtype=np.int64)
    newest = np.searchsorted(np.array(instants, np.int64), at, side="right") - 1
    ages: NDArray[np.float64] = (at - np.array(left, np.int64)[newest]) / NS_PER_MS
    return ages
