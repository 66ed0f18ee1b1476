"""Datagrams that leave together come out as they were put in, and nothing is lost where the kernel cannot do it."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media import datagrams
from robot_agent.media.datagrams import MAX_TOGETHER, MAX_TOGETHER_BYTES, runs, send_together

SIZES = [1_200, 1_200, 1_200, 400, 90, 1_200, 1_201, 1_200]


def made(sizes: Sequence[int]) -> list[bytes]:
    return [bytes([number % 256]) * size for number, size in enumerate(sizes)]


@contextlib.asynccontextmanager
async def road() -> AsyncIterator[tuple[asyncio.DatagramTransport, socket.socket]]:
    """Return a transport, and a socket to send to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        try:
            yield transport, receiver
        finally:
            transport.close()


async def received(receiver: socket.socket, count: int) -> list[bytes]:
    async with asyncio.timeout(5):
        return [await asyncio.get_running_loop().sock_recv(receiver, 65_536) for _ in range(count)]


@given(st.lists(st.integers(1, 1_500), max_size=200), st.integers(1, 1_500))
def test_runs_keep_everything_in_order_and_to_the_kernels_rules(others: list[int], often: int) -> None:
    whole = made([size if size % 3 else often for size in others])
    cut = list(runs(whole))

    assert [each for run in cut for each in run] == whole
    for run in cut:
        *full, last = map(len, run)
        assert set(full) <= {len(run[0])}
        assert last <= len(run[0])
        assert len(run) <= MAX_TOGETHER
        assert len(run) == 1 or sum(map(len, run)) <= MAX_TOGETHER_BYTES


def test_a_picture_is_one_run_for_each_of_its_slices() -> None:
    assert [len(run) for run in runs(made([1_200, 1_200, 300, 1_200, 1_200, 1_200, 77]))] == [3, 4]


@pytest.mark.asyncio
async def test_each_datagram_comes_by_itself_and_in_order() -> None:
    async with road() as (transport, receiver):
        send_together(transport, made(SIZES), receiver.getsockname())
        assert await received(receiver, len(SIZES)) == made(SIZES)


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux cuts datagrams")
async def test_a_run_is_one_system_call(monkeypatch: pytest.MonkeyPatch) -> None:
    alone: list[bytes] = []
    async with road() as (transport, receiver):
        monkeypatch.setattr(transport, "sendto", lambda datagram, _: alone.append(datagram))
        send_together(transport, made([1_000, 1_000, 1_000, 20, 900]), receiver.getsockname())
        assert await received(receiver, 4) == made([1_000, 1_000, 1_000, 20])
        assert [len(each) for each in alone] == [900]


@pytest.mark.asyncio
async def test_where_the_kernel_refuses_they_leave_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "_UDP_SEGMENT", 250)  # no option of any kernel
    async with road() as (transport, receiver):
        send_together(transport, made(SIZES), receiver.getsockname())
        assert await received(receiver, len(SIZES)) == made(SIZES)


@pytest.mark.asyncio
async def test_they_do_not_overtake_what_waits_in_the_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[bytes] = []
    async with road() as (transport, receiver):
        monkeypatch.setattr(transport, "get_write_buffer_size", lambda: 1_200)
        monkeypatch.setattr(transport, "sendto", lambda datagram, _: waiting.append(datagram))
        send_together(transport, made(SIZES), receiver.getsockname())
        assert waiting == made(SIZES)
