"""A key on the agent's terminal; the test holds the other end of it."""

import asyncio
import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from robot_agent.local_stop.terminal_key import watch_terminal
from tests.waiting import until

pytestmark = pytest.mark.asyncio


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    for fd in (ours, theirs):
        os.close(fd)


@pytest.fixture
def in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the terminal be this program's own; making it so for real would take the tests' own away."""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())


def modes(fd: int) -> int:
    local = termios.tcgetattr(fd)[3]
    assert isinstance(local, int)
    return local


@pytest.mark.usefixtures("in_front")
async def test_any_key_acts_without_enter_and_is_not_echoed(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    pressed: list[None] = []
    before = modes(theirs)
    watching = asyncio.create_task(watch_terminal(theirs, lambda: pressed.append(None)))
    await until(lambda: not modes(theirs) & termios.ICANON)

    os.write(ours, b" ")
    await until(lambda: len(pressed) == 1)
    os.write(ours, b"x")
    await until(lambda: len(pressed) == 2)
    assert not modes(theirs) & termios.ECHO
    assert modes(theirs) & termios.ISIG  # Ctrl-C stays what it is

    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert modes(theirs) == before


@pytest.mark.usefixtures("in_front")
async def test_it_gives_the_signals_back(terminal: tuple[int, int]) -> None:
    before = signal.getsignal(signal.SIGTTIN)
    watching = asyncio.create_task(watch_terminal(terminal[1], lambda: None))
    await until(lambda: signal.getsignal(signal.SIGTTIN) is signal.SIG_IGN)

    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert signal.getsignal(signal.SIGTTIN) == before


@pytest.mark.usefixtures("in_front")
async def test_a_terminal_that_goes_away_is_left() -> None:
    ours, theirs = pty.openpty()
    watching = asyncio.create_task(watch_terminal(theirs, lambda: None))
    await until(lambda: not modes(theirs) & termios.ICANON)

    os.close(ours)
    async with asyncio.timeout(10):
        await watching
    os.close(theirs)


async def test_what_is_no_terminal_is_not_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")

    await watch_terminal(reading, lambda: pytest.fail("no key was pressed"))

    for fd in (reading, writing):
        os.close(fd)


async def test_a_terminal_of_somebody_else_is_left_alone(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    before = modes(terminal[1])

    await watch_terminal(terminal[1], lambda: pytest.fail("no key was pressed"))

    assert modes(terminal[1]) == before
