"""The bridge's asyncio shell in virtual time, and the clock that jumps."""

import asyncio
import time

import pytest

from prove import shells
from prove.clock import DeadlockError, run_virtually


def test_an_hour_passes_at_once() -> None:
    async def wait() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - before

    started = time.monotonic()

    assert run_virtually(wait()) == pytest.approx(3600)
    assert time.monotonic() - started < 10


def test_a_loop_in_which_everybody_waits_for_ever_says_so() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError):
        run_virtually(wait())


def test_no_house_of_the_slice_breaks_a_rule() -> None:
    assert sum(shells.live(seed).moves for seed in range(20)) > 100


def test_a_house_that_is_played_again_is_the_same_house() -> None:
    assert shells.live(3) == shells.live(3)
