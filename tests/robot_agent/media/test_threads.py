import asyncio
import threading

import pytest

from robot_agent.media.threads import LoopCalls, start_thread

pytestmark = pytest.mark.asyncio


async def test_what_ends_a_thread_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise OSError("no such camera")

    with pytest.raises(OSError, match="no such camera"):
        await start_thread("camera", fail)


async def test_calls_arrive_on_the_loop_in_order_and_are_counted_until_then() -> None:
    calls = LoopCalls(asyncio.get_running_loop(), limit=2)
    heard: list[tuple[int, bool]] = []
    full: list[bool] = []

    def hear(number: int) -> None:
        heard.append((number, threading.current_thread() is threading.main_thread()))

    def make() -> None:
        for number in range(2):
            full.append(calls.is_full)
            calls.call(hear, number)
        full.append(calls.is_full)

    maker = threading.Thread(target=make)
    maker.start()
    maker.join()
    assert (heard, full) == ([], [False, False, True])

    await asyncio.sleep(0)
    assert heard == [(0, True), (1, True)]
    assert not calls.is_full


async def test_a_call_into_a_loop_that_is_closed_is_nothing() -> None:
    loop = asyncio.new_event_loop()
    loop.close()

    LoopCalls(loop, limit=1).call(pytest.fail, "never called")
