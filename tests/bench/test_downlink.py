"""The kernel keeps what comes in from a socket, and lets what goes out go."""

import socket
from collections.abc import Iterator

import pytest

from bench import downlink


@pytest.fixture
def udp() -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
    ):
        for each in (here, there):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.2)
        here.connect(there.getsockname())
        there.connect(here.getsockname())
        yield here, there


@pytest.fixture
def tcp() -> Iterator[tuple[socket.socket, socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as here, listening.accept()[0] as there:
            here.settimeout(0.3)
            there.settimeout(5.0)
            yield here, there, port


def test_nothing_comes_in_over_udp_until_it_is_mended(udp: tuple[socket.socket, socket.socket]) -> None:
    here, there = udp
    downlink.cut(bridge_port=1)
    there.send(b"picture")
    with pytest.raises(TimeoutError):
        here.recv(100)

    downlink.mend()
    there.send(b"next picture")

    assert here.recv(100) == b"next picture"


def test_commands_go_on_over_tcp_while_nothing_comes_in(tcp: tuple[socket.socket, socket.socket, int]) -> None:
    here, there, port = tcp
    downlink.cut(bridge_port=port)
    there.send(b"telemetry")

    for count in range(50):
        here.send(b"drive")
        assert there.recv(100) == b"drive", f"command {count}"

    with pytest.raises(TimeoutError):
        here.recv(100)


def test_what_was_kept_comes_once_it_is_mended(tcp: tuple[socket.socket, socket.socket, int]) -> None:
    here, there, port = tcp
    downlink.cut(bridge_port=port)
    there.send(b"telemetry")
    with pytest.raises(TimeoutError):
        here.recv(100)

    downlink.mend()
    here.settimeout(10.0)

    assert here.recv(100) == b"telemetry"  # sent again by the kernel


def test_other_connections_are_left_alone(tcp: tuple[socket.socket, socket.socket, int]) -> None:
    here, there, port = tcp
    try:
        downlink.cut(bridge_port=port + 1)
        there.send(b"telemetry")

        assert here.recv(100) == b"telemetry"
    finally:
        downlink.mend()
