import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from blockbuster import blockbuster_ctx

from bridge.event_loop import new_event_loop
from tests.bridge.hall import Hall, open_hall


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"bridge": new_event_loop}


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop() -> Iterator[None]:
    """Fail a test in which the bridge or the core does blocking I/O on the event loop."""
    with blockbuster_ctx(scanned_modules=["bridge", "teleop_core"]):
        yield


@pytest_asyncio.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    """A bridge that runs, with one enrolled robot."""
    async with open_hall(tmp_path) as opened:
        yield opened
