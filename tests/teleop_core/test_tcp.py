"""The kernel's buffers are kept short, where it knows how; read back from real sockets."""

import contextlib
import errno
import platform
import socket
import sys
from collections.abc import Iterator

import pytest

from teleop_core import tcp
from tests.kernel import options_of

RTO_MAX_SINCE = (6, 15)


@contextlib.contextmanager
def connected(*, receive_buffer: int | None = None) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if receive_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        with socket.create_connection(listener.getsockname()) as one:
            other, _ = listener.accept()
            with other:
                yield one, other


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with connected() as both:
        yield both


def kernel() -> tuple[int, int]:
    major, minor = platform.release().split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()))


def test_the_numbers_are_those_of_this_system() -> None:
    options = tcp.options(user_timeout_ms=1)

    assert socket.IPPROTO_TCP == tcp.IPPROTO_TCP
    for name, (option, _) in options.items():
        assert getattr(socket, name, option) == option
    assert ("TCP_NOTSENT_LOWAT" in options) == (sys.platform == "linux")


def test_elsewhere_than_on_linux_packets_leave_at_once_and_nothing_else_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert tcp.options(user_timeout_ms=1) == {"TCP_NODELAY": (1, 1)}


def test_all_that_the_kernel_knows_is_set(pair: tuple[socket.socket, socket.socket]) -> None:
    unknown = tcp.keep_short(pair[0].setsockopt, user_timeout_ms=4000)

    found = options_of(pair[0], user_timeout_ms=4000)
    assert all(got == wanted for got, wanted in found.values()), found
    assert set(found) | set(unknown) >= set(tcp.options(user_timeout_ms=4000))
    if sys.platform == "linux":
        assert found["TCP_NOTSENT_LOWAT"] == (4096, 4096)
        assert ("TCP_RTO_MAX_MS" in unknown) == (kernel() < RTO_MAX_SINCE)


def test_an_option_that_the_kernel_does_not_know_is_named_and_passed_over() -> None:
    seen: list[int] = []

    def old_kernel(level: int, option: int, value: int) -> None:
        assert level == tcp.IPPROTO_TCP
        assert value > 0
        if option == tcp.options(user_timeout_ms=1)["TCP_RTO_MAX_MS"][0]:
            raise OSError(errno.ENOPROTOOPT, "no such option")
        seen.append(option)

    assert tcp.keep_short(old_kernel, user_timeout_ms=1) == ("TCP_RTO_MAX_MS",)
    assert len(seen) == len(tcp.options(user_timeout_ms=1)) - 1


@pytest.mark.skipif(sys.platform != "linux", reason="the option is Linux's")
def test_little_is_kept_of_what_a_peer_does_not_take() -> None:
    def taken_before_it_blocks(sender: socket.socket) -> int:
        sender.setblocking(False)
        total = 0
        with contextlib.suppress(BlockingIOError):
            while total < 1 << 26:
                total += sender.send(bytes(160))
        return total

    with connected(receive_buffer=4096) as (usual, _), connected(receive_buffer=4096) as (short, _):
        tcp.keep_short(short.setsockopt, user_timeout_ms=4000)

        assert taken_before_it_blocks(short) < taken_before_it_blocks(usual) / 4
