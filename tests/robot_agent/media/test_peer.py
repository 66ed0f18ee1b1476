"""How long one connection is kept, on a clock of the test's own."""

import asyncio
from dataclasses import dataclass

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from robot_agent.media.peer import PeerLink
from robot_agent.media.rendition import Rendition
from robot_agent.media.settings import RenditionSettings, VideoSettings
from robot_agent.media.subscriptions import Subscriptions
from teleop_core.timebase import ms, seconds

pytestmark = pytest.mark.asyncio


@dataclass
class Clock:
    now_ns: int = seconds(1_000)

    def __call__(self) -> int:
        return self.now_ns


class Call:
    """A page without a picture, its ping, and the robot's end of the connection."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.link = PeerLink(
            session="s",
            settings=VideoSettings(connect_deadline_ms=5_000, silence_limit_ms=20_000),
            subscriptions=Subscriptions([Rendition("high", RenditionSettings())]),
            best=0,
            on_frame=lambda _: None,
            on_end=lambda: None,
            clock=self.clock,
        )
        self._page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = self._page.createDataChannel("motion")
        self._opened = asyncio.Event()
        self._channel.on("open", self._opened.set)
        self._answered = asyncio.Event()
        self._channel.on("message", lambda _: self._answered.set())

    async def offer(self) -> None:
        await self._page.setLocalDescription(await self._page.createOffer())
        answer = await self.link.answer(self._page.localDescription.sdp)
        self._answer = RTCSessionDescription(answer, "answer")

    async def connect(self) -> None:
        await self.offer()
        await self._page.setRemoteDescription(self._answer)
        await self._opened.wait()

    async def ping(self) -> None:
        """Ping, and wait for the answer: then the robot has heard it."""
        self._answered.clear()
        self._channel.send('{"type":"ping","id":"p"}')
        await self._answered.wait()

    async def end(self) -> None:
        await self.link.close()
        await self._page.close()

    def later(self, by_ns: int) -> int:
        self.clock.now_ns += by_ns
        return self.clock.now_ns


async def test_a_page_that_pinged_and_fell_silent_is_lost_within_a_second_and_kept_for_its_return() -> None:
    call = Call()
    await call.connect()
    await call.ping()
    assert not call.link.is_lost(now_ns=call.later(ms(650)))

    assert call.link.is_lost(now_ns=call.later(ms(100)))
    assert call.link.given_up(now_ns=call.later(seconds(19))) is None

    await call.ping()
    assert not call.link.is_lost(now_ns=call.clock.now_ns)
    await call.end()


async def test_a_silence_that_no_network_explains_ends_it() -> None:
    call = Call()
    await call.connect()
    await call.ping()

    assert call.link.given_up(now_ns=call.later(ms(20_000))) is None
    assert call.link.given_up(now_ns=call.later(1)) == "silent"
    await call.end()


async def test_an_offer_that_leads_to_no_connection_is_given_up_and_never_counts_as_lost() -> None:
    call = Call()
    await call.offer()

    assert not call.link.is_lost(now_ns=call.later(ms(5_000)))
    assert call.link.given_up(now_ns=call.clock.now_ns) is None
    assert call.link.given_up(now_ns=call.later(1)) == "not connected in time"
    await call.end()


async def test_it_came_to_nothing_only_where_it_had_time_to_connect() -> None:
    call = Call()
    await call.offer()

    assert not call.link.came_to_nothing(now_ns=call.later(ms(3_000)))
    assert call.link.came_to_nothing(now_ns=call.later(1))
    await call.end()


async def test_what_was_connected_did_not_come_to_nothing() -> None:
    call = Call()
    await call.connect()

    assert not call.link.came_to_nothing(now_ns=call.later(seconds(60)))
    await call.end()
