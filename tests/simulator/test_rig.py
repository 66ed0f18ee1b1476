"""The rig starts everything or says why not, and leaves nothing behind either way."""

import asyncio
import socket

import pytest

from simulator import processes
from simulator.rig import Rig, RigOptions
from teleop_core.errors import SetupError
from teleop_core.wire.messages import Role

pytestmark = pytest.mark.asyncio


async def test_it_starts_everything_and_leaves_nothing() -> None:
    async with Rig() as rig:
        assert len(rig.motion_pids()) == 1
        assert len(processes.marked(rig.mark)) == 5  # the stage, the bridge and its strangers, the agent, its motion
        assert (await rig.stage.truth()).driven
        invite = await rig.invite(Role.PRESENTER, "Ada")
        assert invite.url == f"{rig.url}/presenter#{invite.token}"

    assert processes.marked(rig.mark) == []
    assert not rig.folder.path.exists()


async def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log() -> None:
    rig = Rig(RigOptions(changes={"robot": {"driver": {"kind": "sin"}}}))

    with pytest.raises(SetupError, match=r"robot ended with status 2 while it started:\n(?s:.*)did you mean 'sim'\?"):
        await rig.start()

    await rig.stop()

    assert rig.is_clean
    assert processes.marked(rig.mark) == []
    assert not rig.folder.path.exists()


async def test_a_start_that_is_given_up_half_way_leaves_nothing() -> None:
    rig = Rig()
    starting = asyncio.create_task(rig.__aenter__())
    await asyncio.sleep(0.3)

    starting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await starting

    assert processes.marked(rig.mark) == []
    assert not rig.folder.path.exists()


async def test_a_stop_that_is_cancelled_is_done_all_the_same() -> None:
    rig = Rig()
    await rig.start()
    stopping = asyncio.create_task(rig.stop())
    await asyncio.sleep(0.05)

    stopping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert rig.is_clean
    assert processes.marked(rig.mark) == []


async def test_a_port_in_use_is_refused_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SetupError, match=rf"cannot listen on port {port} of 127\.0\.0\.1: .*--port"):
            Rig(RigOptions(port=port))
