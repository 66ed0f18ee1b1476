"""The garbage collector looks seldom and at little, and connections leave it nothing to find."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from websockets.exceptions import ConnectionClosed

from bridge import garbage
from bridge.door import FrontDoor
from bridge.garbage import SPARE_KIB, collecting_little, most_memory_kib
from bridge.link import Link
from teleop_core.wire import messages as m
from tests.bridge.hall import Hall


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@dataclass
class Memory:
    """A process whose size the test sets; it counts who asks."""

    kib: int = 1_000
    asked: int = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.kib

    async def looks(self, count: int = 2) -> None:
        """Wait until the collector has looked so often."""
        until = self.asked + count
        async with asyncio.timeout(20):
            while self.asked < until:  # noqa: ASYNC110 -- the collector tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.001)


@pytest.mark.asyncio
async def test_what_is_young_and_gone_is_found() -> None:
    memory = Memory()
    async with collecting_little(memory):
        await memory.looks()
        young = weakref.ref(Knot())
        await memory.looks()

        assert young() is None
        assert not gc.isenabled()
    assert gc.isenabled()
    assert not gc.get_freeze_count()


@pytest.mark.asyncio
async def test_what_has_survived_a_look_is_passed_over_until_the_process_has_grown() -> None:
    memory = Memory()
    async with collecting_little(memory):
        await memory.looks()
        knot = Knot()
        old = weakref.ref(knot)
        await memory.looks()
        del knot
        memory.kib = 2 * memory.kib + SPARE_KIB
        await memory.looks()
        assert old() is not None

        memory.kib += 1
        await memory.looks(3)
        assert old() is None


def test_a_process_knows_how_large_it_was() -> None:
    assert 10_000 < most_memory_kib() < 1 << 30


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[weakref.ref[object]]]:
    """Every connection that the bridge makes, while the collector does not look at all."""
    made: list[weakref.ref[object]] = []
    for kind in (Link, FrontDoor):
        init = kind.__init__

        def remember(self: object, *args: object, init: object = init, **more: object) -> None:
            made.append(weakref.ref(self))
            init(self, *args, **more)  # type: ignore[operator]  # as it came

        monkeypatch.setattr(kind, "__init__", remember)
    gc.collect()
    gc.disable()
    try:
        yield made
    finally:
        gc.enable()


@pytest.mark.asyncio
async def test_a_connection_that_ends_leaves_nothing_to_the_collector(
    hall: Hall, seen: list[weakref.ref[object]]
) -> None:
    robot, anna, bo = await hall.robot(), await hall.person("presenter"), await hall.person("staff")
    await anna.send(m.Stop(id="s"))
    await robot.next_said()
    forger, silent = await hall.connect(), await hall.connect()
    await forger.send("{}")
    with pytest.raises(ConnectionClosed):
        await forger.recv()
    made = len(seen)

    await robot.ws.close()
    await anna.leave()
    bo.ws.transport.abort()
    await silent.close()

    async with asyncio.timeout(10):
        while any(isinstance(each(), Link) for each in seen):  # noqa: ASYNC110 -- the last reference tells nobody
            await asyncio.sleep(0.02)
    assert made >= 10
