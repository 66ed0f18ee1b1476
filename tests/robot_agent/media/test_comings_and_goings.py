"""Viewers that come and go leave nothing behind: no task, no thread, no object of ours, no place that is taken.

`python -m bench.fanout` has them come and go for minutes.
"""

import asyncio
import gc
import threading

import pytest

from robot_agent.media.face.room import FaceRoom
from robot_agent.media.fanout import Feed
from robot_agent.media.peer import PeerLink
from robot_agent.media.rtp import RtpStream
from robot_agent.media.sender import PictureSender
from robot_agent.media.subscriptions import Subscription
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.robot_agent.media.face.fake_display import FakeDisplay
from tests.robot_agent.media.test_seats import WholePage
from tests.waiting import until

pytestmark = pytest.mark.asyncio

ROUNDS = 4
OURS = (PeerLink, PictureSender, Subscription, Feed, RtpStream)


async def visit(stage: Stage, peer: str, *, politely: bool) -> None:
    """Come, see, and go: by hanging up, or as a tab does that is closed."""
    page = WholePage(stage.plane, peer)
    await page.connect()
    await page.see(1)
    if politely:
        await page.hang_up()
    await page.leave()


def ours_alive() -> int:
    gc.collect()
    return sum(type(each) in OURS for each in gc.get_objects())


async def test_tasks_threads_and_connections_are_as_many_as_before(make_stage: MakeStage) -> None:
    room = FaceRoom(open_display=FakeDisplay, driver=lambda: "ana")
    showing = asyncio.create_task(room.run())
    stage = await make_stage(face=room.seat)
    await visit(stage, "first", politely=True)  # what is made once is made now
    await until(lambda: not stage.plane.peers)
    await asyncio.sleep(0.3)
    tasks, threads = len(asyncio.all_tasks()), threading.active_count()

    for turn in range(ROUNDS):
        await asyncio.gather(*(visit(stage, peer, politely=turn % 2 == 0) for peer in ("ana", "bo", "cem")))
        await until(lambda: not stage.plane.peers)

    assert stage.plane.viewers == 0
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    await until(lambda: threading.active_count() <= threads)
    await until(lambda: ours_alive() == 0)
    showing.cancel()
    await asyncio.wait([showing])
