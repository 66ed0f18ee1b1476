"""The data channel of a running media plane."""

import pytest

from teleop_core.wire.codec import MAX_FRAME_BYTES
from teleop_core.wire.messages import (
    Lane,
)
from tests.robot_agent.media.conftest import Stage

pytestmark = pytest.mark.asyncio


async def test_frames_go_both_ways(stage: Stage) -> None:
    ana = await stage.viewer("ana").connect()
    bo = await stage.viewer("bo").connect()
    ana.channel.send('{"type":"drive"}')
    stage.plane.send("ana", Lane.EVENT, b'{"to":"ana"}')
    stage.plane.send(None, Lane.EVENT, b'{"to":"all"}')

    assert sorted(await ana.hear(2)) == ['{"to":"all"}', '{"to":"ana"}']
    assert await bo.hear(1) == ['{"to":"all"}']
    assert stage.heard == [("ana", b'{"type":"drive"}')]


async def test_a_ping_is_answered_at_once_and_goes_no_further(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    viewer.channel.send('{"type":"ping","id":"p-1"}')

    (answer,) = await viewer.hear(1)
    assert answer.startswith('{"type":"pong","id":"p-1","clock_us":')
    assert not stage.heard


async def test_an_oversized_frame_arrives_cut_so_that_it_is_refused_as_too_large(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    viewer.channel.send("x" * (MAX_FRAME_BYTES + 5_000))
    viewer.channel.send('{"type":"ping","id":"after"}')
    await viewer.hear(1)

    assert [len(frame) for _, frame in stage.heard] == [MAX_FRAME_BYTES + 1]


async def test_sending_to_somebody_who_is_not_there_is_nothing(stage: Stage) -> None:
    stage.plane.send("nobody", Lane.EVENT, b"{}")
    stage.plane.send(None, Lane.STATE, b"{}")
