"""Percentiles by nearest rank: every one of them is a value that was seen."""

import math
from collections.abc import Iterable


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least `percent` % of `values` do not exceed.

    Raises:
        ValueError: there is no value, or `percent` is not within 0 < percent <= 100.

    """
    ranked = sorted(values)
    if not ranked or not 0.0 < percent <= 100.0:  # noqa: PLR2004 -- percent
        raise ValueError(f"expected values and a percent above 0, at most 100; got {len(ranked)} and {percent:g}")
    return ranked[math.ceil(percent / 100.0 * len(ranked)) - 1]


def spread(name: str, values: Iterable[float]) -> dict[str, float]:
    """Return the figures `<name>_p50`, `<name>_p99` and `<name>_max`; none when there is no value."""
    seen = list(values)
    if not seen:
        return {}
    return {
        f"{name}_p50": percentile(seen, 50),
        f"{name}_p99": percentile(seen, 99),
        f"{name}_max": max(seen),
    }
