"""Monotonic time as integer nanoseconds, and the conversions that shells and tests need.

Nothing in `teleop_core` reads a clock: each call takes `now_ns`. Integers, because float seconds moved an expiry by a
tick.
"""

from typing import Final

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_US: Final = 1_000


def ms(value: float) -> int:
    """Return `value` milliseconds in nanoseconds, rounded to the nearest."""
    return round(value * NS_PER_MS)


def seconds(value: float) -> int:
    """Return `value` seconds in nanoseconds, rounded to the nearest."""
    return round(value * NS_PER_S)


def to_ms(value_ns: int) -> float:
    """Return `value_ns` nanoseconds in milliseconds."""
    return value_ns / NS_PER_MS


def to_seconds(value_ns: int) -> float:
    """Return `value_ns` nanoseconds in seconds."""
    return value_ns / NS_PER_S
