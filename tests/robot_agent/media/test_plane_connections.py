"""Viewers of a running media plane who come, go, fall silent, or are too many; and its own end."""

import asyncio

import pytest

from robot_agent.media.settings import VideoSettings
from teleop_core.wire.messages import (
    Ack,
    Refusal,
    Role,
    RtcAnswer,
    RtcClose,
    Verdict,
)
from tests.robot_agent.media.conftest import MakeStage, Stage
from tests.waiting import until

pytestmark = pytest.mark.asyncio


async def test_a_new_offer_replaces_the_old_connection(stage: Stage) -> None:
    old = await stage.viewer("ana").connect()
    new = await stage.viewer("ana").connect()
    await old.ended.wait()
    await new.see(2)

    assert stage.plane.viewers == 1
    assert stage.plane.peers == {"ana"}


async def test_a_repeated_offer_gets_the_same_answer_and_disturbs_nothing(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    first, second = await asyncio.gather(
        stage.plane.receive("ana", Role.PRESENTER, offer), stage.plane.receive("ana", Role.PRESENTER, offer)
    )
    assert isinstance(first, RtcAnswer)
    assert first == second
    await viewer.accept(first)

    await viewer.see(2)


async def test_closing_ends_the_session_and_only_that(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    late = await stage.plane.receive("ana", Role.PRESENTER, RtcClose(id="an-older-session"))
    assert late == Ack(id="an-older-session", verdict=Verdict.DONE)
    assert stage.plane.peers == {"ana"}

    assert await viewer.hang_up() == Ack(id=viewer.session, verdict=Verdict.DONE)
    await viewer.ended.wait()
    assert not stage.plane.peers


async def test_a_page_that_closes_its_connection_is_forgotten(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await viewer.leave()

    await until(lambda: not stage.plane.peers)
    assert stage.plane.viewers == 0


async def test_a_silent_peer_is_closed_and_one_that_pings_is_not(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(silence_limit_ms=1_000))
    silent = await stage.viewer("silent").connect(video=False)
    alive = await stage.viewer("alive").connect(video=False)
    while not silent.ended.is_set():
        alive.channel.send('{"type":"ping","id":"p"}')
        await asyncio.sleep(0.1)

    assert stage.plane.peers == {"alive"}


async def test_a_page_that_falls_silent_is_lost_and_comes_back_in_the_same_session(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect(video=False)
    viewer.channel.send('{"type":"ping","id":"p"}')
    await viewer.hear(1)

    await until(lambda: bool(stage.plane.lost))
    assert stage.plane.lost == stage.plane.peers == {"ana"}

    while stage.plane.lost:
        viewer.channel.send('{"type":"ping","id":"q"}')
        await asyncio.sleep(0.1)
    assert stage.plane.peers == {"ana"}


async def test_a_lost_peer_makes_room_for_a_new_one(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(max_viewers=1))
    lost = await stage.viewer("lost").connect(video=False)
    lost.channel.send('{"type":"ping","id":"p"}')
    await lost.hear(1)
    await until(lambda: bool(stage.plane.lost))

    await stage.viewer("bo").connect(video=False)

    assert stage.plane.peers == {"bo"}


async def test_an_offer_that_leads_to_no_connection_is_given_up(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(connect_deadline_ms=200))
    await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert stage.plane.peers == {"ana"}

    await until(lambda: not stage.plane.peers)


async def test_more_viewers_than_configured_are_refused(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(max_viewers=1))
    await stage.viewer("ana").connect()
    refused = await stage.plane.receive("bo", Role.PRESENTER, await stage.viewer("bo").offer())

    assert isinstance(refused, Ack)
    assert refused.refusal is Refusal.OVERLOADED


async def test_closing_the_plane_ends_everything(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    await stage.plane.close()
    await stage.running
    await viewer.ended.wait()

    assert await asyncio.to_thread(stage.camera.closed.wait, 2)
    refused = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert isinstance(refused, Ack)
    assert refused.refusal is Refusal.MEDIA


async def test_cancelling_the_plane_ends_everything(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    stage.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.running

    await viewer.ended.wait()
    assert await asyncio.to_thread(stage.camera.closed.wait, 2)
