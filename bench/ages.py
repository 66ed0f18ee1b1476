"""How old a drive command is when it reaches the motion process, by the motion trace and the times of sending."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.motion_trace import Arrival
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.messages import Road

_ACCEPTED: Final = "accepted"


@dataclass(frozen=True, kw_only=True)
class Ages:
    """In milliseconds: of each command when its first copy arrived, and when the one through the bridge did."""

    first_ms: list[float]
    bridge_ms: list[float]


def ages(arrivals: Iterable[Arrival], sent_ns: Mapping[int, int]) -> Ages:
    """Return the ages of the commands in `sent_ns` (by number), as far as they arrived and counted."""
    first_ns: dict[int, int] = {}
    bridge_ns: dict[int, int] = {}
    for arrival in arrivals:
        left_ns = sent_ns.get(arrival.seq)
        if left_ns is None or arrival.verdict != _ACCEPTED:
            continue
        age_ns = arrival.received_ns - left_ns
        first_ns[arrival.seq] = min(age_ns, first_ns.get(arrival.seq, age_ns))
        if arrival.road == Road.BRIDGE.value:
            bridge_ns.setdefault(arrival.seq, age_ns)
    return Ages(first_ms=_in_ms(first_ns), bridge_ms=_in_ms(bridge_ns))


def _in_ms(of: Mapping[int, int]) -> list[float]:
    return [age_ns / NS_PER_MS for age_ns in of.values()]
