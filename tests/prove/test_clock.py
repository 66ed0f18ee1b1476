"""The clock that jumps, and the processes that share it."""

import asyncio
import socket
import time
from typing import cast

import pytest

from prove.clock import DeadlockError, Process, VirtualLoop, name_of_running, run_virtually


def loop() -> VirtualLoop:
    return cast("VirtualLoop", asyncio.get_running_loop())


def test_an_hour_passes_at_once() -> None:
    async def wait() -> float:
        before = loop().time()
        await asyncio.sleep(3600)
        return loop().time() - before

    started = time.monotonic()

    assert run_virtually(wait()) == pytest.approx(3600)
    assert time.monotonic() - started < 10


def test_a_loop_in_which_everybody_waits_for_ever_says_so() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError):
        run_virtually(wait())


async def note_each_second(noted: list[float]) -> None:
    while True:
        await asyncio.sleep(1)
        noted.append(round(loop().time(), 3))


def test_a_frozen_process_does_nothing_and_then_goes_on_late() -> None:
    async def play() -> tuple[list[float], list[float]]:
        frozen: list[float] = []
        free: list[float] = []
        processes = Process(loop(), "frozen"), Process(loop(), "free")
        for process, noted in zip(processes, (frozen, free), strict=True):
            process.start(note_each_second(noted))
        await asyncio.sleep(1.5)
        processes[0].freeze()
        await asyncio.sleep(3)
        processes[0].thaw()
        await asyncio.sleep(1.2)
        for process in processes:
            process.kill()
        return frozen, free

    frozen, free = run_virtually(play())

    assert frozen == [1001, 1004.5, 1005.5]
    assert free == [1001, 1002, 1003, 1004, 1005]


def test_what_was_cancelled_before_the_thaw_does_not_happen() -> None:
    async def play() -> list[str]:
        happened: list[str] = []
        process = Process(loop(), "frozen")

        async def work() -> None:
            late = loop().call_later(1, happened.append, "late")
            loop().call_later(1, happened.append, "after")
            loop().call_later(0.5, late.cancel)
            loop().call_later(0.5, happened.append, "first")
            await asyncio.sleep(10)

        process.start(work())
        await asyncio.sleep(0.1)
        process.freeze()
        await asyncio.sleep(5)
        process.thaw()
        await asyncio.sleep(0.1)
        process.kill()
        return happened

    assert run_virtually(play()) == ["first", "after"]


def test_what_reaches_a_frozen_process_waits_for_it() -> None:
    async def play() -> tuple[list[float], list[float]]:
        ours, theirs = socket.socketpair()
        process = Process(loop(), "reader")
        heard: list[float] = []

        async def read() -> None:
            theirs.setblocking(False)
            loop().add_reader(theirs, lambda: heard.append(len(theirs.recv(10)) and loop().time()))
            await asyncio.Event().wait()

        process.start(read())
        await asyncio.sleep(1)
        ours.send(b"1")
        await asyncio.sleep(1)
        process.freeze()
        ours.send(b"2")
        await asyncio.sleep(1)
        process.thaw()
        await asyncio.sleep(1)
        process.kill()
        closed = theirs.fileno()
        ours.close()
        return heard, [closed]

    heard, closed = run_virtually(play())

    assert heard == pytest.approx([1001, 1003])
    assert closed == [-1]  # as a kernel closes what a dead process had open


def test_a_killed_process_ends_and_closes_what_it_said_it_would() -> None:
    async def play() -> tuple[bool, list[str]]:
        closed: list[str] = []
        process = Process(loop(), "mortal")
        process.when_killed(lambda: closed.append("file"))
        process.start(note_each_second([]))
        await asyncio.sleep(2)
        process.freeze()
        process.kill()
        process.kill()
        return await process.has_ended(within_s=1), closed

    assert run_virtually(play()) == (True, ["file"])


def test_a_task_that_will_not_end_is_told_of() -> None:
    async def play() -> bool:
        process = Process(loop(), "stubborn")

        async def stay() -> None:
            for _ in range(2):  # cancelled twice, so that the loop can be closed
                try:
                    await asyncio.sleep(1000)
                except asyncio.CancelledError:
                    continue

        process.start(stay())
        await asyncio.sleep(1)
        process.kill()
        return await process.has_ended(within_s=30)

    assert not run_virtually(play())


def test_what_a_living_process_raises_the_loop_hears() -> None:
    async def play() -> list[str]:
        heard: list[str] = []
        loop().set_exception_handler(lambda _, context: heard.append(str(context["exception"])))
        process = Process(loop(), "broken")

        async def fail() -> None:
            raise ValueError(name_of_running())

        process.start(fail())
        await asyncio.sleep(1)
        return heard

    assert run_virtually(play()) == ["broken"]
