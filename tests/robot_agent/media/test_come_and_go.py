"""Viewers that come and go leave nothing behind; `python -m bench.fanout` does it for minutes."""

import asyncio
import gc
import threading

import pytest

from robot_agent.media.fanout import Feed
from robot_agent.media.peer import PeerLink
from robot_agent.media.rtp import RtpStream
from robot_agent.media.sender import PictureSender
from tests.robot_agent.media.conftest import Stage

pytestmark = pytest.mark.asyncio

ROUNDS = 4
OURS = (PeerLink, PictureSender, Feed, RtpStream)


def alive() -> dict[str, int]:
    """Return how many of each of our objects are reachable."""
    gc.collect()
    kinds = [type(each) for each in gc.get_objects()]
    return {kind.__name__: kinds.count(kind) for kind in OURS}


async def come_and_go(stage: Stage) -> None:
    viewers = [await stage.viewer(name).connect() for name in ("ana", "bo")]
    for viewer in viewers:
        await viewer.see(1)
    await viewers[0].hang_up()
    await viewers[0].ended.wait()
    for viewer in viewers:
        await viewer.leave()
    while stage.plane.peers:  # noqa: ASYNC110 - the plane has no event for it, and the test a time limit
        await asyncio.sleep(0.01)
    stage.viewers.clear()


async def test_viewers_that_come_and_go_leave_no_task_no_thread_and_no_object(stage: Stage) -> None:
    await come_and_go(stage)
    tasks, threads = len(asyncio.all_tasks()), threading.active_count()
    for _ in range(ROUNDS):
        await come_and_go(stage)

    assert max(alive().values()) <= 1  # a loop's variable may still name the last of ten
    assert len(asyncio.all_tasks()) <= tasks
    assert threading.active_count() <= threads
