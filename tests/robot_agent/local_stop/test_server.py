"""The STOP page's server over real sockets: who is let in, what goes through, what a stranger can do to it."""

import asyncio
import contextlib
import json
import re
import socket
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from robot_agent.local_stop import asking, server, words
from robot_agent.local_stop.board import Board
from robot_agent.local_stop.doorway import MAX_STRANGERS_PER_SITE
from robot_agent.local_stop.pin import FREE_TRIES
from robot_agent.local_stop.server import LINK_FILE, StopPage, StopPageLink
from robot_agent.local_stop.settings import LocalStopSettings
from simulator.hall_phone import HallPhone
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from tests.robot_words import status
from tests.waiting import until

pytestmark = pytest.mark.asyncio

PIN = "12345678"
STOPPING = m.RobotState.STOPPING
PROFILE = m.RobotProfile(
    model="a base",
    max_speed_mps=0.6,
    max_turn_radps=0.8,
    holonomic=False,
    stop_levels=(m.StopLevel.SETTLE, m.StopLevel.CUT),
)


@dataclass
class Hall:
    """A STOP page whose motion process is the test."""

    state_dir: Path
    port: int = 0
    is_answering: bool = True
    stops: list[tuple[str, str]] = field(default_factory=list)
    level: m.StopLevel = m.StopLevel.SETTLE
    links: list[StopPageLink] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    board: Board = field(default_factory=Board)

    def __post_init__(self) -> None:
        self.page = StopPage(
            LocalStopSettings(host="127.0.0.1", port=self.port, pin=PIN),
            name="stage-1",
            state_dir=self.state_dir,
            board=self.board,
            is_bridge_up=lambda: False,
            robot=self,
            on_link=self.links.append,
            on_fault=self.faults.append,
        )

        self.board.hear_profile(PROFILE)

    def stop_from_hall(self, peer: str, request: str) -> None:
        self.stops.append((peer, request))
        if self.is_answering:
            self.page.answered(peer, encode(m.StopAck(id=request, state=STOPPING, speed_mps=0.4)))

    def stop_sternly_from_hall(self, peer: str, request: str, level: m.StopLevel) -> None:
        self.stop_from_hall(peer, request)
        self.come_to(level)

    def release_from_hall(self, peer: str) -> None:
        del peer
        self.come_to(m.StopLevel.SETTLE)

    def come_to(self, level: m.StopLevel) -> None:
        self.level = level
        latch = m.Latch(cause=m.StopCause.LOCAL, by=None, role=None, at_unix_ms=1, level=level)
        self.board.hear_status(encode(status(state=m.RobotState.STOPPED, latch=latch)))
        self.page.changed()

    @property
    def link(self) -> str:
        return self.links[-1].link

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.links[-1].url.removeprefix("http://").rstrip("/").split(":")
        return host, int(port)

    async def ask(self, request: bytes) -> tuple[str, str, bytes]:
        """Send an HTTP request as it is; return the status line, the headers and the body."""
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(request)
        with contextlib.suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, _, headers = head.decode().partition("\r\n")
        return status, headers, body

    async def get(self, path: str, host: str | None = None) -> tuple[str, str, bytes]:
        wanted = host or ":".join(map(str, self.address))
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: {wanted}\r\n\r\n".encode())


@asynccontextmanager
async def hall(folder: Path) -> AsyncIterator[Hall]:
    opened = Hall(folder)
    serving = asyncio.create_task(opened.page.run())
    try:
        await until(lambda: bool(opened.links) or serving.done())
        yield opened
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_phone_with_the_pin_comes_in_sees_the_robot_and_stops_it(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        answer = await phone.stop()

        assert phone.entered == words.Entered(robot="stage-1")
        assert (answer.state, answer.speed_mps) == (STOPPING, 0.4)
        assert opened.stops[0] == ("hall-1", answer.id)


async def test_stop_is_passed_on_as_often_as_it_is_repeated_until_it_is_answered(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        opened.is_answering = False
        stopping = asyncio.create_task(phone.stop())
        await until(lambda: len(opened.stops) >= 5)
        opened.is_answering = True

        answer = await stopping

        assert {request for _, request in opened.stops} == {answer.id}


async def test_a_phone_that_repeats_like_mad_is_passed_on_no_faster_than_every_ten_ms(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        began_ns = time.monotonic_ns()
        for _ in range(100):
            await phone.connection.send(words.encode(words.Stop(id="again")))
        await phone.stop()

        lasted_ns = time.monotonic_ns() - began_ns
        assert len(opened.stops) <= 3 + lasted_ns // asking.STOP_GAP_NS


async def test_every_phone_in_the_hall_may_stop_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as first, HallPhone.open(opened.link) as second:
        await asyncio.gather(first.enter(), second.enter())

        answers = await asyncio.gather(first.stop(), second.stop())

        assert {peer for peer, _ in opened.stops} == {"hall-1", "hall-2"}
        assert set(first.done) == {answers[0].id}
        assert set(second.done) == {answers[1].id}


async def test_a_phone_shows_the_sterner_stops_that_the_robot_has_and_asks_for_one(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        assert phone.hall is not None
        assert phone.hall.levels == (m.StopLevel.CUT,)

        assert await phone.stop_sternly(m.StopLevel.CUT) is None

        assert (phone.level, opened.level) == (m.StopLevel.CUT, m.StopLevel.CUT)
        assert opened.stops[0][0] == "hall-1"
        assert await phone.release() is None
        assert (phone.level, opened.level) == (m.StopLevel.SETTLE, m.StopLevel.SETTLE)


@pytest.mark.parametrize("level", ["damp", "settle", "explode", ""])
async def test_a_level_that_the_robot_has_not_is_declined_stops_it_and_ends_nothing(tmp_path: Path, level: str) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        opened.come_to(m.StopLevel.CUT)
        await until(lambda: phone.level is m.StopLevel.CUT)

        assert await phone.stop_sternly(level) is words.WhyDeclined.LEVEL

        assert [peer for peer, _ in opened.stops] == ["hall-1"]
        assert opened.level is m.StopLevel.CUT
        await phone.stop()


async def test_what_somebody_did_not_see_they_cannot_take_back(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as first, HallPhone.open(opened.link) as second:
        await asyncio.gather(first.enter(), second.enter())
        await first.stop_sternly()
        await until(lambda: second.level is m.StopLevel.CUT)

        assert await second.release(asked=0) is words.WhyDeclined.CHANGED
        assert opened.level is m.StopLevel.CUT

        assert await second.release(asked=1) is None


@pytest.mark.parametrize("word", [words.Sterner(id="s", level="cut"), words.Release(id="r", asked=0)])
async def test_nothing_of_it_is_done_before_the_pin(tmp_path: Path, word: words.Word) -> None:
    async with hall(tmp_path) as opened:
        async with _dial(opened) as stranger:
            await stranger.send(words.encode(word))
            assert json.loads(await stranger.recv())["why"] == "pin"

        assert opened.stops == []
        assert opened.level is m.StopLevel.SETTLE


async def test_a_change_is_shown_at_once_and_age_goes_on_without_one(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        opened.board.motion_died(encode(status(state=m.RobotState.STOPPED)))
        opened.page.changed()

        await until(lambda: phone.hall is not None and phone.hall.state is m.RobotState.STOPPED)


async def test_a_wrong_pin_is_refused_and_stops_nothing(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link, pin="00000000") as stranger:
        await stranger.connection.wait_closed()

        assert stranger.refused == words.Refused(why=words.WhyNot.PIN)
        assert stranger.connection.close_code == 4401
        assert opened.stops == []


async def test_who_guesses_has_to_wait_even_with_the_right_one(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        for _ in range(FREE_TRIES):
            async with HallPhone.open(opened.link, pin="00000000") as stranger:
                await stranger.connection.wait_closed()

        async with HallPhone.open(opened.link) as phone:
            await phone.connection.wait_closed()

        assert phone.refused is not None
        assert phone.refused.why is words.WhyNot.WAIT
        assert 1 <= phone.refused.wait_s <= 10


async def test_stop_before_the_pin_is_refused(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        async with _dial(opened) as stranger:
            await stranger.send(words.encode(words.Stop(id="s")))
            assert json.loads(await stranger.recv())["why"] == "pin"

        assert opened.stops == []


async def test_no_more_than_so_many_pages_are_in_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_PAGES", 1)
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as first:
        await first.enter()

        async with HallPhone.open(opened.link) as second:
            await second.connection.wait_closed()

        assert second.refused == words.Refused(why=words.WhyNot.FULL)
        await first.stop()


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[" * 1000,
        '{"type":"reset"}',
        '{"type":"stop"}',
        '{"type":"stop","id":"a b"}',
        '{"type":"sterner","id":"s","level":"a level that is longer than any"}',
        '{"type":"release","id":"r","asked":-1}',
        '{"type":"release","id":"r"}',
        b"\xff",
        "x" * 1025,
    ],
    ids=lambda frame: repr(frame)[:30],
)
async def test_anything_but_stop_ends_the_page_and_nothing_else(tmp_path: Path, frame: str | bytes) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()
        await phone.connection.send(frame)
        await phone.connection.wait_closed()
        assert opened.stops == []

        async with HallPhone.open(opened.link) as next_phone:
            await next_phone.enter()
            await next_phone.stop()


async def test_a_page_of_another_origin_cannot_open_the_socket(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        for origin in (None, "http://evil.example", "null", "https://127.0.0.1"):
            with pytest.raises(InvalidStatus) as refused:
                async with _dial(opened, origin=origin):
                    pass
            assert refused.value.response.status_code == 403


async def test_a_name_of_the_internet_bent_to_this_machine_gets_nothing(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        for path in ("/", "/stop.js", "/ws"):
            status, _, body = await opened.get(path, host="evil.example")
            assert " 421 " in status
            assert b"STOP" not in body


async def test_the_page_comes_with_a_policy_that_runs_its_own_scripts_only(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        status, headers, body = await opened.get("/")

        assert " 200 " in status
        policy = re.findall(r"Content-Security-Policy: (.*)", headers)[0]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "X-Content-Type-Options: nosniff" in headers
        assert PIN.encode() not in body
        assert not re.search(rb"<script(?![^>]*src=)|<style| style=| on[a-z]+=", body)  # nothing inline


async def test_the_page_is_whole(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        _, _, page = await opened.get("/")
        for path in ("/stop.js", "/hold.js", "/ladder.js", "/words.js", "/stop.css"):
            status, _, body = await opened.get(path)
            assert " 200 " in status
            assert len(body) > 500
        _, _, script = await opened.get("/stop.js")

        asked_for = set(re.findall(r"""(?:at|put)\("([a-z-]+)\"""", script.decode()))
        assert asked_for <= set(re.findall(r'id="([a-z-]+)"', page.decode()))


@pytest.mark.parametrize(
    "path", ["/?pin=12345678", "/ws?pin=12345678", "/../settings.py", "/stop.html", "//", "/%2e%2e/x", "*"]
)
async def test_there_is_no_other_path_and_no_query(tmp_path: Path, path: str) -> None:
    async with hall(tmp_path) as opened:
        status, _, _ = await opened.get(path)

        assert " 404 " in status


@pytest.mark.parametrize(
    "request_",
    [b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /\r\n\r\n", b"\r\n" * 9],
)
async def test_rubbish_is_turned_away(tmp_path: Path, request_: bytes) -> None:
    async with hall(tmp_path) as opened:
        reader, writer = await asyncio.open_connection(*opened.address)
        writer.write(request_)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            assert b" 200 " not in await asyncio.wait_for(reader.read(), 10)
        writer.close()

        async with HallPhone.open(opened.link) as phone:
            await phone.enter()


async def test_slow_strangers_neither_pile_up_nor_lock_anybody_out(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        streams = [await asyncio.open_connection(*opened.address) for _ in range(MAX_STRANGERS_PER_SITE + 8)]
        for _, writer in streams:
            writer.write(b"GET / HTTP/1.1\r\n")

        async with HallPhone.open(opened.link) as phone:
            await phone.enter()
            await phone.stop()
            assert len(opened.page._doorway) <= MAX_STRANGERS_PER_SITE
        for _, writer in streams:
            writer.close()


async def test_a_flood_of_bytes_ends_the_connection_that_sends_it(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened, HallPhone.open(opened.link) as calm, HallPhone.open(opened.link) as mad:
        await asyncio.gather(calm.enter(), mad.enter())

        with contextlib.suppress(ConnectionClosed):
            for _ in range(2000):
                await mad.connection.ping()
        await mad.connection.wait_closed()

        await calm.stop()


async def test_a_port_in_use_is_awaited_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "RETRY_S", 0.05)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        opened = Hall(tmp_path, port=other.getsockname()[1])
        serving = asyncio.create_task(opened.page.run())
        await asyncio.sleep(0.3)
        assert not serving.done()
        assert opened.links == []
        assert len(opened.faults) == 1
        assert "another program has it" in opened.faults[0]

    await until(lambda: bool(opened.links))
    async with HallPhone.open(opened.link) as phone:
        await phone.enter()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_the_link_is_kept_for_its_owner_alone_and_its_repr_shows_no_pin(tmp_path: Path) -> None:
    async with hall(tmp_path / "state") as opened:
        file = tmp_path / "state" / LINK_FILE

        assert file.read_text().strip() == opened.link
        assert opened.link.endswith(f"#{PIN}")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert PIN not in repr(opened.links[0])
        assert PIN not in repr(LocalStopSettings(pin=PIN))


async def test_a_directory_that_keeps_nothing_leaves_the_page_served(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    async with hall(tmp_path / "state") as opened, HallPhone.open(opened.link) as phone:
        await phone.enter()


async def test_answers_for_a_page_that_has_gone_are_dropped(tmp_path: Path) -> None:
    async with hall(tmp_path) as opened:
        opened.page.answered("hall-7", encode(m.StopAck(id="s", state=STOPPING, speed_mps=0.0)))
        opened.page.answered("hall-7", b"{")

        assert opened.page.is_page("hall-7")
        assert not opened.page.is_page("hall-7.tab")
        assert not opened.page.is_page("invite.tab")


def _dial(opened: Hall, origin: str | None = "") -> connect:
    host, port = opened.address
    own = f"http://{host}:{port}" if origin == "" else origin
    return connect(f"ws://{host}:{port}/ws", origin=None if own is None else Origin(own), compression=None, proxy=None)
