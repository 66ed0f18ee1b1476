"""What the routes of an agent hand on, that no other test sees."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig
from robot_agent.switchboard import Switchboard
from teleop_core.wire import messages as m

pytestmark = pytest.mark.asyncio


class Listener:
    """A media plane that only listens to which servers there are."""

    def __init__(self) -> None:
        self.heard: list[Sequence[m.IceServer]] = []

    async def receive(self, peer: str, role: m.Role, message: m.MediaMessage) -> m.RtcAnswer | m.Ack | None:
        return None

    def send(self, peer: str | None, lane: m.Lane, body: bytes) -> None:
        pass

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
