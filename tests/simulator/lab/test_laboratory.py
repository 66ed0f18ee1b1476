"""Two real kernels' ends with a link between them; needs root, as CI has it. The bounds are wide."""

import asyncio
import contextlib
import os
import socket
import sys
import time
from pathlib import Path

import pytest

from simulator.lab import rooms
from simulator.lab.__main__ import main
from simulator.lab.laboratory import BRIDGE_ADDRESS, Lab
from simulator.network.way import Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import NS_PER_S, ms

SLOW = Weather(delay_ns=ms(30))
SAY = "import socket,sys; s=socket.socket(); s.connect((sys.argv[1], 7)); s.sendall(b'over TCP'); print(s.recv(99))"


@pytest.fixture(autouse=True, scope="module")
def _rooms_are_allowed() -> None:
    try:
        rooms.require_namespaces()
    except SetupError as exc:
        pytest.skip(str(exc))


@pytest.mark.asyncio
async def test_a_bare_datagram_takes_the_delay_and_the_switch_knows_how_late_it_was() -> None:
    async with Lab.opened(None) as lab:
        await lab.set_both(SLOW)
        await asyncio.sleep(0.2)
        await lab.report()
        await asyncio.sleep(1.0)
        report = await lab.report()

    link = report.links[0]
    assert 30 <= link.reference.p50 < 100
    assert 20 <= link.reference_sent <= 60
    assert report.late.count == link.packets_to_robot + link.packets_from_robot
    assert report.stalls_max_ms >= 0


@pytest.mark.asyncio
async def test_the_kernels_tcp_crosses_the_link_and_nothing_else_is_reached() -> None:
    async with Lab.opened(None) as lab:
        await lab.set_both(SLOW)
        listener = lab.robot.within(lambda: socket.create_server((Lab.robot_address(), 7)))
        with listener:
            began_s = time.monotonic()
            process = await lab.run(lab.presenter, [sys.executable, "-c", SAY, Lab.robot_address()], quiet=True)
            connection, _ = await asyncio.to_thread(listener.accept)
            with connection:
                heard = await asyncio.to_thread(connection.recv, 99)
                connection.sendall(b"and back")
            said, _ = await asyncio.wait_for(process.communicate(), 20.0)
        with socket.create_server(("127.0.0.1", 0)) as outside, pytest.raises(SetupError, match="refused"):
            lab.presenter.within(lambda: socket.create_connection(outside.getsockname(), timeout=2.0))

    assert heard == b"over TCP"
    assert said.strip() == b"b'and back'"
    assert time.monotonic() - began_s >= 0.119


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.asyncio
async def test_in_a_blackout_all_is_lost_or_held(holds: bool) -> None:
    async with Lab.opened(None, None) as lab:
        await asyncio.sleep(0.2)
        await lab.report()
        until_ns = time.monotonic_ns() + NS_PER_S
        await lab.black_out(until_ns=until_ns, holds=holds)
        await asyncio.sleep(1.5)
        dark, other = (await lab.report()).links

    assert other.reference.count > 40
    assert dark.reference.count < other.reference.count - 30 or holds
    if holds:
        assert dark.reference.count > 40
        assert dark.reference.max > 700
    else:
        assert dark.reference.max < 700


@pytest.mark.asyncio
async def test_the_robot_reaches_the_bridges_one_address_by_each_uplink_and_by_none_that_is_dark() -> None:
    async with Lab.opened(None, uplinks=(None, None)) as lab:
        listener = lab.bridge.within(lambda: socket.create_server((BRIDGE_ADDRESS, 7)))

        def leaves_from(link: int) -> str:
            def dial() -> str:
                with socket.socket() as sock:
                    sock.settimeout(2.0)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, Lab.device(link).encode())
                    sock.connect((BRIDGE_ADDRESS, 7))
                    return str(sock.getsockname()[0])

            return lab.robot.within(dial)

        first, second = lab.uplinks

        with listener:
            assert leaves_from(first) == Lab.robot_address(first)
            assert leaves_from(second) == Lab.robot_address(second)
            lab.presenter.within(lambda: socket.create_connection((BRIDGE_ADDRESS, 7), timeout=2.0)).close()
            await lab.black_out(until_ns=time.monotonic_ns() + 60 * NS_PER_S, link=first)
            with pytest.raises(SetupError, match="timed out"):
                leaves_from(first)
            assert leaves_from(second) == Lab.robot_address(second)


@pytest.mark.asyncio
async def test_without_uplinks_the_bridge_has_no_room_and_a_wrong_word_to_ip_is_said() -> None:
    async with Lab.opened(None) as lab:
        with pytest.raises(SetupError, match="with uplinks"):
            _ = lab.bridge
        with pytest.raises(SetupError, match="`ip route add nowhere` to work"):
            lab.robot.ip("route", "add", "nowhere")


@pytest.mark.asyncio
async def test_nothing_is_left_when_it_closes() -> None:
    def links() -> set[str]:
        return {each.name for each in Path("/sys/class/net").iterdir()}

    def open_files() -> set[str]:
        found = set()
        for entry in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(entry.readlink()))
        return {name for name in found if name.startswith(("net:", "/dev/net", "socket:"))}

    before = links(), open_files()
    async with Lab.opened(None) as lab:
        room = lab.presenter.within(lambda: set(socket.if_nameindex()))
        assert {name for _, name in room} >= {"lo", "link0"}
        assert links() == before[0]
        assert open_files() != before[1]

    assert (links(), open_files()) == before


def test_the_command_says_what_the_link_was_like_or_that_it_was_late(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--link", "hangzhou-chongqing", "--link", "5g", "--seconds", "1"])
    said = capsys.readouterr()

    if status == 0:
        assert "hangzhou-chongqing: bare UDP to the robot 1" in said.out
        assert "5g: bare UDP to the robot 2" in said.out
    else:
        assert "the laboratory was late itself" in said.err


def test_a_user_without_rights_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SetupError, match="the laboratory needs root"):
        rooms.require_namespaces()


def test_a_machine_without_tun_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rooms, "TUN", tmp_path / "tun")

    with pytest.raises(SetupError, match="modprobe tun"):
        rooms.require_namespaces()


def test_a_machine_without_nsenter_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SetupError, match="util-linux"):
        rooms.require_namespaces()
