"""Promise: whoever does not read what they are sent is cut off, and nobody else notices."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect

from simulator.rig import Rig
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import RobotState, Role
from tests.system.scene import BRIDGE_ONLY, on_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

TINY_BUFFER_BYTES = 2048


@asynccontextmanager
async def sleeper(rig: Rig) -> AsyncIterator[ClientConnection]:
    """An observer who says hello and never reads again, over a socket that holds next to nothing."""
    invite = await rig.invite(Role.OBSERVER, "Sleeper")
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY_BUFFER_BYTES)
    plain.connect(("127.0.0.1", rig.port))
    plain.setblocking(False)
    async with connect(rig.ws_url, sock=plain, compression=None, max_queue=1, close_timeout=0.1, proxy=None) as link:
        hello = m.Hello(version=m.PROTOCOL_VERSION, token=invite.token, client_id=secrets.token_hex(6))
        await link.send(encode(hello).decode())
        yield link


async def test_a_driver_drives_on_while_others_sleep_and_they_are_sent_off(rig: Rig) -> None:
    async with on_stage(rig, roads=BRIDGE_ONLY) as scene, sleeper(rig), sleeper(rig):
        await scene.staff.until("both in the room", lambda: sleepers(scene.staff.session.roster) == 2)
        before = await scene.drive_off()

        for _ in range(20):  # something for them not to read
            await asyncio.gather(*(scene.staff.withdraw() for _ in range(20)))

        await scene.staff.until("both sent off", lambda: sleepers(scene.staff.session.roster) == 0, within_s=30)
        after = await rig.stage.truth()
        assert after.path_m > before.path_m
        assert scene.presenter.state in {RobotState.DRIVING, RobotState.DEGRADED}, scene.presenter.last_seen()
        assert not scene.presenter.events(m.EventKind.HOLD)


def sleepers(roster: m.Roster | None) -> int:
    """Return how many of them are in the room."""
    return 0 if roster is None else sum(peer.name == "Sleeper" for peer in roster.peers)
