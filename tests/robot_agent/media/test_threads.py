import asyncio
import threading

import pytest

from robot_agent.media.threads import LoopCalls, start_thread


@pytest.mark.asyncio
async def test_what_ends_a_thread_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise OSError("no such camera")

    with pytest.raises(OSError, match="no such camera"):
        await start_thread("camera", fail)


def test_calls_arrive_on_the_loop_in_order_and_are_counted_until_then() -> None:
    loop = asyncio.new_event_loop()
    calls = LoopCalls(loop, limit=2)
    heard: list[int] = []
    full: list[bool] = []

    def make() -> None:
        for number in range(2):
            full.append(calls.is_full)
            calls.call(heard.append, number)
        full.append(calls.is_full)

    maker = threading.Thread(target=make)
    maker.start()
    maker.join()
    assert (heard, full) == ([], [False, False, True])

    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert heard == [0, 1]
    assert not calls.is_full


def test_a_call_into_a_loop_that_is_closed_is_nothing() -> None:
    loop = asyncio.new_event_loop()
    loop.close()

    LoopCalls(loop, limit=1).call(pytest.fail, "never called")
