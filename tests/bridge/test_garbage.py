"""The garbage collector looks seldom and at little, and connections leave it nothing to find."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from bridge.door import FrontDoor
from bridge.garbage import SPARE_KIB, Seldom, most_memory_kib
from bridge.link import Link
from teleop_core.wire import messages as m
from tests.bridge.hall import Hall


class Knot:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


class Memory:
    """A process whose size the test sets."""

    def __init__(self) -> None:
        self.kib = 1_000

    def __call__(self) -> int:
        return self.kib


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def due(memory: Memory) -> Iterator[list[object]]:
    """What was asked to be run soon, while the collector looks seldom."""
    asked: list[object] = []
    seldom = Seldom(asked.append, memory_kib=memory)
    seldom.start()
    try:
        yield asked
    finally:
        seldom.stop()


def an_old_knot() -> "weakref.ref[Knot]":
    """Return what went only when it had survived a look."""
    old = Knot()
    gc.collect(0)
    return weakref.ref(old)


def test_what_has_survived_a_look_is_passed_over(due: list[object]) -> None:
    old = an_old_knot()
    gc.collect()

    assert old() is not None
    assert not due


def test_a_process_that_has_grown_looks_at_everything_once(due: list[object], memory: Memory) -> None:
    old = an_old_knot()
    memory.kib = 2 * memory.kib + SPARE_KIB
    gc.collect(0)
    assert not due

    memory.kib += 1
    gc.collect(0)
    gc.collect(0)

    (look,) = due
    assert callable(look)
    look()
    assert old() is None
    gc.collect(0)
    assert len(due) == 1


def test_what_is_young_and_gone_is_found_without_being_asked(due: list[object]) -> None:
    first = weakref.ref(Knot())
    kept = [Knot() for _ in range(5_000)]

    assert first() is None
    del kept, due


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
