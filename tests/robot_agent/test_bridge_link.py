"""The robot's WebSocket: comes in, comes back, keeps what must not be lost, and tells nobody its key."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from robot_agent import bridge_link, dialling
from robot_agent.bridge_link import BridgeLink
from robot_agent.config import THE_ONLY_UPLINK, UplinkSettings
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.kernel import options_of
from tests.waiting import until

BOOT = "0123456789abcdef"
KEY = "a-key-that-must-never-show-up"
PROFILE = m.RobotProfile(model="wheels", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)


@dataclass
class Gate:
    """A bridge's door: welcomes robots and notes what they say."""

    hellos: list[m.RobotHello] = field(default_factory=list)
    said: list[m.ToPeer | m.Ping] = field(default_factory=list)
    robots: list[ServerConnection] = field(default_factory=list)
    close_with: list[int] = field(default_factory=list)

    async def serve(self, robot: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            hello = codec.decode_hello(await robot.recv(decode=False))
            assert isinstance(hello, m.RobotHello)
            self.hellos.append(hello)
            if self.close_with:
                await robot.close(self.close_with.pop(0), "as told")
                return
            welcome = m.Welcome(
                version=1, robot=hello.robot, you=None, ice_servers=(), profile=hello.profile, server_unix_ms=0
            )
            await robot.send(codec.encode(welcome), text=True)
            self.robots.append(robot)
            while True:
                self.said.append(codec.decode_from_robot(await robot.recv(decode=False)))

    def bodies(self) -> list[bytes]:
        return [bytes(each.body) for each in self.said if isinstance(each, m.ToPeer)]


@dataclass
class Side:
    """The robot's side of the link."""

    link: BridgeLink
    frames: list[m.ToRobot] = field(default_factory=list)


@asynccontextmanager
async def linked(gate: Gate, *, port: int | None = None) -> AsyncIterator[Side]:
    server: Server | None = None
    if port is None:
        server = await serve(gate.serve, "127.0.0.1", 0, compression=None)
        port = next(iter(server.sockets)).getsockname()[1]
    frames: list[m.ToRobot] = []
    link = BridgeLink(
        url=f"ws://127.0.0.1:{port}/ws", robot="r-1", key=KEY, boot=BOOT, on_frame=frames.append, on_change=lambda: None
    )
    task = asyncio.create_task(link.run())
    try:
        yield Side(link, frames)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if server is not None:
            server.close()
            await server.wait_closed()


def said(body: bytes) -> bytes:
    return codec.encode(m.ToPeer(to=None, lane=m.Lane.EVENT, body=msgspec.Raw(body)))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_link, "REFUSED_DELAY_S", (0.3, 0.4))


@pytest.mark.asyncio
async def test_introduces_itself_once_it_knows_what_it_is() -> None:
    gate = Gate()
    async with linked(gate) as side:
        await asyncio.sleep(0.05)
        assert not gate.hellos

        side.link.introduce(PROFILE)
        await until(lambda: side.link.is_up)

    assert gate.hellos == [m.RobotHello(version=1, robot="r-1", key=KEY, profile=PROFILE, boot=BOOT)]
    assert isinstance(side.frames[0], m.Welcome)


@pytest.mark.asyncio
async def test_a_robot_that_turns_out_another_introduces_itself_again() -> None:
    gate = Gate()
    other = m.RobotProfile(model="legs", max_speed_mps=0.3, max_turn_radps=0.5, holonomic=True)
    async with linked(gate) as side:
        side.link.introduce(PROFILE)
        await until(lambda: side.link.is_up)

        side.link.introduce(PROFILE)
        side.link.introduce(other)
        await until(lambda: len(gate.hellos) == 2)

    assert gate.hellos[1].profile == other


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1001, 4401, 4403, 4406, 4409, 4508])
async def test_comes_back_whatever_it_was_refused_with(code: int) -> None:
    gate = Gate(close_with=[code, code])
    async with linked(gate) as side:
        side.link.introduce(PROFILE)

        await until(lambda: side.link.is_up)

    assert len(gate.hellos) == 3


@pytest.mark.asyncio
async def test_telemetry_that_waits_is_replaced_and_events_are_not_lost() -> None:
    gate = Gate()
    async with linked(gate) as side:
        side.link.introduce(PROFILE)
        await until(lambda: side.link.is_up)

        for number in range(100):
            side.link.put_state("telemetry", said(b'{"type":"telemetry","n":%d}' % number))
            side.link.put_event(said(b'{"type":"ack","n":%d}' % number))
        side.link.put_urgent("stop", said(b'{"type":"stop_ack"}'))
        await until(lambda: b'{"type":"telemetry","n":99}' in gate.bodies())

    bodies = gate.bodies()
    assert bodies[0] == b'{"type":"stop_ack"}'
    assert [body for body in bodies if b'"ack"' in body] == [b'{"type":"ack","n":%d}' % number for number in range(100)]
    assert len([body for body in bodies if b"telemetry" in body]) == 1


@pytest.mark.asyncio
async def test_what_is_said_while_the_bridge_is_away_is_not_said_later() -> None:
    gate = Gate()
    async with linked(gate) as side:
        side.link.put_event(said(b'{"type":"ack","n":1}'))
        side.link.put_urgent("stop", said(b'{"type":"ack","n":2}'))
        side.link.put_state("telemetry", said(b'{"type":"ack","n":3}'))

        side.link.introduce(PROFILE)
        await until(lambda: side.link.is_up)
        side.link.put_event(said(b'{"type":"ack","n":4}'))
        await until(lambda: bool(gate.bodies()))

    assert gate.bodies() == [b'{"type":"ack","n":4}']


@pytest.mark.asyncio
async def test_the_round_trip_is_that_of_the_last_ping_while_the_link_is_up() -> None:
    gate = Gate()
    async with linked(gate) as side:
        assert side.link.state == m.UplinkState(name="only", up=False, round_trip_ms=None)

        side.link.introduce(PROFILE)
        await until(lambda: any(isinstance(each, m.Ping) for each in gate.said))
        await gate.robots[0].send(codec.encode(m.Pong(id="r0")), text=True)
        await until(lambda: m.Pong(id="r0") in side.frames)
        assert side.link.state == m.UplinkState(name="only", up=True, round_trip_ms=None)

        ping = next(each for each in gate.said if isinstance(each, m.Ping))
        await gate.robots[0].send(codec.encode(m.Pong(id=ping.id)), text=True)
        await until(lambda: side.link.state.round_trip_ms is not None)
        assert 0 <= (side.link.state.round_trip_ms or 0) < 20_000

        gate.robots[0].transport.abort()
        await until(lambda: not side.link.is_up)
        assert side.link.state.round_trip_ms is None


@pytest.mark.asyncio
async def test_frames_of_the_bridge_that_are_none_are_counted_and_passed_over() -> None:
    gate = Gate()
    async with linked(gate) as side:
        side.link.introduce(PROFILE)
        await until(lambda: len(gate.robots) == 1)

        for junk in ("{", '{"type":"nothing"}', "x" * 20_000):
            await gate.robots[0].send(junk)
        await gate.robots[0].send(codec.encode(m.Pong(id="1")), text=True)
        await until(lambda: m.Pong(id="1") in side.frames)

        assert side.link.refused == 3
        assert side.link.is_up


@pytest.mark.asyncio
async def test_no_log_carries_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate = Gate(close_with=[4401])
    async with linked(gate) as side:
        side.link.introduce(PROFILE)
        await until(lambda: side.link.is_up)

    client = [each.getMessage() for each in caplog.records if "bridge_link" in each.name]
    assert not any(KEY in message for message in client)


class BreakingConnection:
    """Welcomes the robot, and breaks under the first frame that it sends after that."""

    def __init__(self) -> None:
        self.breaks = asyncio.get_running_loop().create_future()
        self.is_sending = asyncio.Event()
        self.transport = self
        self._sent = 0
        self._has_welcomed = False

    def abort(self) -> None:
        pass

    async def send(self, message: bytes, *, text: bool) -> None:
        self._sent += 1
        if self._sent > 1:
            self.is_sending.set()
            await self.breaks

    async def recv(self, *, decode: Literal[False]) -> bytes:
        if not self._has_welcomed:
            self._has_welcomed = True
            return codec.encode(
                m.Welcome(version=1, robot="r-1", you=None, ice_servers=(), profile=PROFILE, server_unix_ms=0)
            )
        await asyncio.Event().wait()
        raise AssertionError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


@pytest.mark.asyncio
async def test_a_link_that_is_cancelled_as_it_breaks_ends() -> None:
    connection = BreakingConnection()

    async def dial(_: str, __: UplinkSettings) -> BreakingConnection:
        return connection

    link = BridgeLink(
        url="ws://bridge", robot="r-1", key=KEY, boot=BOOT, on_frame=lambda _: None, on_change=lambda: None, dial=dial
    )
    link.introduce(PROFILE)
    task = asyncio.create_task(link.run())
    async with asyncio.timeout(20):
        await connection.is_sending.wait()
        connection.breaks.set_exception(ConnectionClosed(None, None))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()


def test_the_delay_grows_to_five_seconds_and_a_refusal_is_tried_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_link, "REFUSED_DELAY_S", (5.0, 10.0))
    dice = bridge_link.SYSTEM_DICE
    for attempt, cap_s in ((0, 0.2), (1, 0.4), (3, 1.6), (5, 5.0), (1000, 5.0)):
        delays = [bridge_link._delay_s(attempt, retryable=True, dice=dice) for _ in range(200)]
        assert all(0.05 <= delay_s <= cap_s for delay_s in delays)
        assert max(delays) > cap_s / 2
        assert min(delays) < cap_s / 2

    assert all(5 <= bridge_link._delay_s(attempt, retryable=False, dice=dice) <= 10 for attempt in range(20))


@pytest.mark.parametrize(
    ("code", "retryable"), [(1001, True), (4399, True), (4400, False), (4499, False), (4500, True), (4529, True)]
)
def test_only_a_refusal_is_not_retryable(code: int, retryable: bool) -> None:
    error = bridge_link._link_error([ConnectionClosed(Close(code, "why"), None)])

    assert error.retryable is retryable
    assert str(code) in str(error)
    assert "why" in str(error)


@pytest.mark.asyncio
async def test_what_the_kernel_may_queue_on_the_way_to_the_bridge_is_little() -> None:
    gate = Gate()
    async with serve(gate.serve, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dialling.dial(f"ws://127.0.0.1:{port}/ws", THE_ONLY_UPLINK)
        assert isinstance(connection, ClientConnection)
        sock = connection.transport.get_extra_info("socket")
        found = options_of(sock, user_timeout_ms=dialling.USER_TIMEOUT_MS)
        await connection.close()

    assert "TCP_NODELAY" in found
    assert all(got == wanted for got, wanted in found.values()), found
