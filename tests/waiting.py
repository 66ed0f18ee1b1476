"""Waiting for what tells nobody."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool], *, look_every_s: float = 0.01) -> None:
    """Wait until something comes true that has no event; the time limit is the test's own."""
    while not true():  # noqa: ASYNC110 - as above
        await asyncio.sleep(look_every_s)
