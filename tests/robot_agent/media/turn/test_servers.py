"""What a URL of a STUN or TURN server says."""

import pytest

from robot_agent.media.turn.servers import StunServer, Transport, TurnServer, servers_of
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import IceServer


def turn(*urls: str) -> tuple[TurnServer, ...]:
    return servers_of([IceServer(urls=urls, username="u", credential="c")]).turn


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("turn:turn.example", (Transport.UDP, "turn.example", 3478)),
        ("turn:turn.example:80?transport=udp", (Transport.UDP, "turn.example", 80)),
        ("turn:turn.example?transport=tcp", (Transport.TCP, "turn.example", 3478)),
        ("turns:turn.example", (Transport.TLS, "turn.example", 5349)),
        ("turns:turn.example:443?transport=tcp", (Transport.TLS, "turn.example", 443)),
        ("turn:198.51.100.7:3478", (Transport.UDP, "198.51.100.7", 3478)),
        ("turn:[2001:db8::7]", (Transport.UDP, "2001:db8::7", 3478)),
        ("turns:[2001:db8::7]:443?transport=tcp", (Transport.TLS, "2001:db8::7", 443)),
    ],
)
def test_a_turn_url_says_transport_host_and_port(url: str, expected: tuple[Transport, str, int]) -> None:
    (server,) = turn(url)

    assert (server.transport, server.host, server.port) == expected
    assert (server.username, server.credential) == ("u", "c")


def test_a_stun_url_says_host_and_port() -> None:
    servers = servers_of([IceServer(urls=("stun:a.example", "stun:[2001:db8::1]:19302", "stun:a.example"))])

    assert servers.stun == (StunServer("a.example", 3478), StunServer("2001:db8::1", 19302))


def test_what_nothing_here_speaks_is_passed_over() -> None:
    named = IceServer(urls=("stuns:a.example", "turns:a.example?transport=udp"), username="u", credential="c")

    assert (servers_of([named]).stun, servers_of([named]).turn) == ((), ())


def test_no_servers_means_none() -> None:
    assert servers_of([]).turn == ()


@pytest.mark.parametrize(
    "url", ["https://example.org", "stun", "turn:", "turn:a:b", "turn:2001:db8::7", "stun:a?transport=udp", "turn:a b"]
)
def test_a_url_of_something_else_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match="ice_servers: expected stun:"):
        servers_of([IceServer(urls=(url,), username="u", credential="c")])


def test_turn_without_a_credential_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="expected a username and a credential for 'turn:a'"):
        servers_of([IceServer(urls=("turn:a",))])


def test_a_credential_is_in_no_log() -> None:
    (server,) = servers_of([IceServer(urls=("turn:a",), username="user", credential="hidden")]).turn

    assert "hidden" not in f"{server} {server!r}"
    assert f"{server}" == "turn over udp at a:3478"
    assert str(StunServer("::1", 5)) == "stun [::1]:5"
