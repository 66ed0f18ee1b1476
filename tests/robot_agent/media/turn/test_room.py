"""Who is asked, in which order, and who is taken; on a virtual clock."""

import asyncio
import ssl
from dataclasses import dataclass, field

import pytest

from prove.clock import run_virtually
from robot_agent.media.turn.probe import Answered, ProbeFailed
from robot_agent.media.turn.room import DISTRUST_S, FRESH_S, LOOK_EVERY_S, TurnRoom
from robot_agent.media.turn.servers import Choice, StunServer, TurnServer
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import IceServer

DEAD = 1000.0
UDP = "turn:udp.example"
SECOND = "turn:second.example"
TCP = "turn:tcp.example?transport=tcp"
TLS = "turns:tls.example:443?transport=tcp"


def turn(*urls: str) -> IceServer:
    return IceServer(urls=urls, username="u", credential="c")


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def trust() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def host_of(choice: Choice) -> str | None:
    return choice.turn.host if choice.turn is not None else None


@dataclass
class Net:
    """How long each host takes to answer, in seconds; a negative time: it refuses after that."""

    takes_s: dict[str, float]
    asked: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    async def turn(self, server: TurnServer, tls: ssl.SSLContext | None) -> Answered:
        return await self._answer(server.host, within_s=2.0)

    async def stun(self, server: StunServer) -> Answered:
        return await self._answer(server.host, within_s=1.0)

    async def _answer(self, host: str, *, within_s: float) -> Answered:
        self.asked.append(host)
        takes_s = self.takes_s[host]
        await asyncio.sleep(min(abs(takes_s), within_s))
        self.finished.append(host)
        if takes_s < 0 or takes_s > within_s:
            raise ProbeFailed("it does not")
        return Answered("198.51.100.1", 50_000, takes_s * 1000)

    def room(self, *servers: IceServer) -> TurnRoom:
        return TurnRoom(servers, ask_turn=self.turn, ask_stun=self.stun, trust=trust, clock=now_s)


async def chosen(net: Net, *servers: IceServer) -> tuple[str | None, float]:
    """Return the host of the TURN server that is chosen, and how long that took."""
    began_s = now_s()
    choice = await net.room(*servers).choose()
    took_s = now_s() - began_s
    await asyncio.sleep(10)  # for those who are late
    return host_of(choice), round(took_s, 3)


@pytest.mark.parametrize(
    ("takes_s", "expected"),
    [
        ({"udp.example": 0.1}, ("udp.example", 0.1)),
        ({"udp.example": 0.4}, ("udp.example", 0.4)),  # TCP was asked at 0.3 and takes as long as it takes
        ({"udp.example": DEAD}, ("tcp.example", 0.5)),
        ({"udp.example": -0.05}, ("tcp.example", 0.25)),  # refused: no reason to wait for the head start
        ({"udp.example": DEAD, "tcp.example": DEAD}, ("tls.example", 0.8)),
        ({"udp.example": DEAD, "tcp.example": DEAD, "tls.example": DEAD}, (None, 2.6)),
    ],
)
def test_udp_is_asked_first_then_tcp_then_tls(takes_s: dict[str, float], expected: tuple[str | None, float]) -> None:
    net = Net({"udp.example": 0.1, "tcp.example": 0.2, "tls.example": 0.2} | takes_s)

    assert run_virtually(chosen(net, turn(TLS, TCP, UDP))) == expected


def test_with_the_first_server_dead_the_second_is_taken_as_if_it_were_alone() -> None:
    net = Net({"udp.example": DEAD, "second.example": 0.1})

    assert run_virtually(chosen(net, turn(UDP, SECOND))) == ("second.example", 0.1)


def test_of_two_servers_of_one_kind_the_nearer_is_taken_and_the_other_finishes() -> None:
    net = Net({"udp.example": 0.2, "second.example": 0.05})

    assert run_virtually(chosen(net, turn(UDP, SECOND)))[0] == "second.example"
    assert net.finished == ["second.example", "udp.example"]


def test_without_servers_nothing_is_waited_for() -> None:
    async def story() -> tuple[Choice, float]:
        began_s = now_s()
        return await Net({}).room().choose(), now_s() - began_s

    assert run_virtually(story()) == (Choice(), 0.0)


def test_whoever_relays_over_udp_also_tells_the_address() -> None:
    async def story() -> Choice:
        return await Net({"udp.example": 0.1}).room(turn(UDP)).choose()

    assert run_virtually(story()).stun == StunServer("udp.example", 3478)


@pytest.mark.parametrize(("takes_s", "expected"), [(0.1, StunServer("stun.example", 3478)), (DEAD, None)])
def test_a_stun_server_that_does_not_answer_is_not_used(takes_s: float, expected: StunServer | None) -> None:
    async def story() -> Choice:
        return await Net({"stun.example": takes_s}).room(IceServer(urls=("stun:stun.example",))).choose()

    assert run_virtually(story()).stun == expected


def test_a_fresh_choice_is_used_again_and_an_old_one_is_not() -> None:
    async def story() -> int:
        net = Net({"udp.example": 0.1})
        room = net.room(turn(UDP))
        for pause_s in (0.0, FRESH_S - 1, 2.0):
            await asyncio.sleep(pause_s)
            await room.choose()
        return len(net.asked)

    assert run_virtually(story()) == 2


def test_two_who_ask_at_once_ask_the_servers_once() -> None:
    async def story() -> int:
        net = Net({"udp.example": 0.1})
        room = net.room(turn(UDP))
        await asyncio.gather(room.choose(), room.choose())
        return len(net.asked)

    assert run_virtually(story()) == 1


def test_it_keeps_looking_so_that_a_connection_need_not_wait() -> None:
    async def story() -> tuple[str | None, str | None, float]:
        net = Net({"udp.example": 0.1, "tcp.example": 0.1})
        room = net.room(turn(UDP, TCP))
        running = asyncio.create_task(room.run())
        await asyncio.sleep(1)
        before = await room.choose()
        net.takes_s["udp.example"] = DEAD
        await asyncio.sleep(LOOK_EVERY_S + 1)
        began_s = now_s()
        after = await room.choose()
        running.cancel()
        return host_of(before), host_of(after), now_s() - began_s

    assert run_virtually(story()) == ("udp.example", "tcp.example", 0.0)


def test_new_credentials_are_used_at_once() -> None:
    async def story() -> list[str]:
        room = Net({"udp.example": 0.1}).room()
        running = asyncio.create_task(room.run())
        names = []
        for name in ("first", "second"):
            room.hear([IceServer(urls=(UDP,), username=name, credential="c")])
            await asyncio.sleep(1)
            choice = await room.choose()
            names.append(choice.turn.username if choice.turn else "none")
        running.cancel()
        return names

    assert run_virtually(story()) == ["first", "second"]


def test_what_the_bridge_tells_and_is_no_server_changes_nothing() -> None:
    async def story() -> Choice:
        room = Net({"udp.example": 0.1}).room()
        room.hear([turn(UDP)])
        room.hear([turn("https://example.org")])
        return await room.choose()

    assert host_of(run_virtually(story())) == "udp.example"
    with pytest.raises(ConfigError):
        TurnRoom([turn("https://example.org")])


def test_a_server_that_came_to_nothing_is_asked_last_for_a_while() -> None:
    async def story() -> list[str | None]:
        room = Net({"udp.example": 0.01, "second.example": 0.2}).room(turn(UDP, SECOND))
        first = await room.choose()
        room.distrust(first)
        second = await room.choose()
        await asyncio.sleep(DISTRUST_S + 1)
        return [host_of(each) for each in (first, second, await room.choose())]

    assert run_virtually(story()) == ["udp.example", "second.example", "udp.example"]


def test_a_distrusted_server_is_better_than_none() -> None:
    async def story() -> Choice:
        room = Net({"udp.example": 0.01}).room(turn(UDP))
        room.distrust(await room.choose())
        return await room.choose()

    assert host_of(run_virtually(story())) == "udp.example"
