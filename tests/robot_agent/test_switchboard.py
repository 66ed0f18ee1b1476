"""What the routes of an agent hand on, that no other test sees."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig
from robot_agent.switchboard import Switchboard
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person

pytestmark = pytest.mark.asyncio


class Listener:
    """A media plane that only listens: to which servers there are, and to what its channels are to carry."""

    def __init__(self) -> None:
        self.heard: list[Sequence[m.IceServer]] = []
        self.said: list[m.Message] = []

    async def receive(self, peer: str, role: m.Role, message: m.MediaMessage) -> m.RtcAnswer | m.Ack | None:
        return None

    def send(self, peer: str | None, lane: m.Lane, body: bytes) -> None:
        self.said.append(decode_to_person(body))

    def hear_ice_servers(self, servers: Sequence[m.IceServer]) -> None:
        self.heard.append(servers)


def config(folder: Path) -> AgentConfig:
    table = {"name": "stage-1", "bridge_url": "ws://b/ws", "key": "k" * 16, "state_dir": str(folder)}
    return msgspec.convert(table | {"driver": {}, "camera": {}}, AgentConfig)


def servers(name: str) -> tuple[m.IceServer, ...]:
    return (m.IceServer(urls=("turn:turn.example",), username=name, credential="c"),)


def welcome(name: str) -> m.Welcome:
    return m.Welcome(
        version=m.PROTOCOL_VERSION,
        robot="stage-1",
        you=None,
        ice_servers=servers(name),
        profile=None,
        server_unix_ms=0,
    )


async def test_the_bridges_servers_reach_the_media_plane_also_one_that_comes_later(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        switchboard = Switchboard(config(tmp_path), tasks=tasks)
        media = Listener()

        switchboard._from_bridge(welcome("first"))
        assert switchboard.ice_servers == servers("first")  # for a media plane that is made later

        switchboard.media = media
        switchboard._from_bridge(m.IceServers(servers=servers("second")))
        switchboard._from_bridge(welcome("third"))

    assert media.heard == [servers("second"), servers("third")]


async def test_whoever_comes_while_the_motion_process_is_away_is_told_so_at_once(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        switchboard = Switchboard(config(tmp_path), tasks=tasks)
        switchboard.media = media = Listener()
        switchboard._away("it was ended by SIGKILL")
        media.said.clear()

        switchboard._from_bridge(m.Roster(robot_online=True, profile=None, peers=(), dismissed=(), seq=1))

    latches = [each.latch for each in media.said if isinstance(each, m.Status)]
    assert [latch and latch.cause for latch in latches] == [m.StopCause.MOTION_DIED]
