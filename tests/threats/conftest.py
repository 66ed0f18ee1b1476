"""One running system for all threats that need real processes: each test leaves it so that the next can mend it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from simulator.rig import Rig, RigOptions
from tests.threats.real import ADMIN_KEY, SMALL_PICTURE

STALL = Path(__file__).parent / "stall"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rig() -> AsyncIterator[Rig]:
    """Stage, bridge, robot agent and motion process; nothing of it is left afterwards."""
    path = os.pathsep.join(filter(None, [str(STALL), os.environ.get("PYTHONPATH")]))
    running = Rig(
        RigOptions(
            traced=True,
            voice=True,
            changes={"bridge": {"admin_key": ADMIN_KEY}, "robot": {"camera": SMALL_PICTURE}},
            environ=(("PYTHONPATH", path),),
        )
    )
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
    assert running.is_clean, "the rig left something running"
