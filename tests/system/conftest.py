"""One running system for the tests of one file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from simulator.rig import Rig, RigOptions


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncIterator[Rig]:
    """Stage, bridge, robot agent and motion process; nothing of it is left afterwards."""
    running = Rig(RigOptions(traced=True))
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
    assert running.is_clean, "the rig left something running"
