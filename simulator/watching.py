"""Waits for the plant: what the robot truly does, whatever its messages say."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from simulator.stage_client import AsyncStageClient
from simulator.stage_link import Truth

_POLL_S: Final = 0.01


async def until_truth(
    stage: AsyncStageClient, what: str, true: Callable[[Truth], bool], *, within_s: float = 5.0
) -> Truth:
    """Wait until the plant is so; return how it is then.

    Raises:
        TimeoutError: it was not in time; the message says `what` and how the plant was last.

    """
    deadline = time.monotonic() + within_s
    while not true(seen := await stage.truth()):
        if time.monotonic() >= deadline:
            raise TimeoutError(
                f"expected {what} within {within_s:g} s; saw {seen.speed_mps:.2f} m/s at x {seen.pose.x_m:.2f} m, "
                f"y {seen.pose.y_m:.2f} m after {seen.path_m:.2f} m"
            )
        await asyncio.sleep(_POLL_S)
    return seen


async def until_moving(stage: AsyncStageClient, *, at_least_mps: float = 0.2, within_s: float = 5.0) -> Truth:
    """Wait until the robot goes at least so fast."""
    return await until_truth(
        stage, f"a robot at {at_least_mps:g} m/s", lambda seen: seen.speed_mps >= at_least_mps, within_s=within_s
    )


async def until_at_rest(stage: AsyncStageClient, *, within_s: float = 5.0) -> Truth:
    """Wait until nothing of the robot moves."""
    return await until_truth(stage, "a robot at rest", lambda seen: seen.still_for_ns is not None, within_s=within_s)


async def stays_at_rest(stage: AsyncStageClient, *, for_s: float) -> bool:
    """Return whether the robot makes no way and no turn for so long."""
    before = await stage.truth()
    deadline = time.monotonic() + for_s
    while time.monotonic() < deadline:
        now = await stage.truth()
        if now.still_for_ns is None or now.path_m != before.path_m or now.pose != before.pose:
            return False
        await asyncio.sleep(_POLL_S)
    return True


def rested_ns(truth: Truth) -> int:
    """Return since when the robot rests, on this host's monotonic clock, on a stage that runs in real time."""
    return truth.monotonic_ns - (truth.still_for_ns or 0)
