"""STUN and TURN servers as their URLs say (RFC 7064, RFC 7065; addresses of IPv6 in brackets, RFC 3986); pure."""

import enum
import re
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from teleop_core.errors import ConfigError
from teleop_core.wire.messages import IceServer

PORT: Final = 3478
TLS_PORT: Final = 5349

T = TypeVar("T")

_URL: Final = re.compile(
    r"(?P<scheme>stuns?|turns?):(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/?@\[\]]+))"
    r"(?::(?P<port>\d{1,5}))?(?:\?transport=(?P<transport>udp|tcp))?"
)


class Transport(enum.Enum):
    """How a TURN server is spoken to, the best first."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class StunServer:
    """Tells from where one's datagrams come; over UDP."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"stun {_joined(self.host, self.port)}"


@dataclass(frozen=True, slots=True)
class TurnServer:
    """Relays, for whoever has a credential."""

    transport: Transport
    host: str
    port: int
    username: str
    credential: str

    def __str__(self) -> str:
        """Return how and where, and never the credential."""
        return f"turn over {self.transport.value} at {_joined(self.host, self.port)}"

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class Servers:
    """All that may be asked, in the order in which they were named."""

    stun: tuple[StunServer, ...] = ()
    turn: tuple[TurnServer, ...] = ()

    def over(self, transport: Transport) -> tuple[TurnServer, ...]:
        """Return the TURN servers that are spoken to over `transport`."""
        return tuple(server for server in self.turn if server.transport is transport)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one connection uses; `tls` is whom a server over TLS is trusted by."""

    stun: StunServer | None = None
    turn: TurnServer | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)


NO_SERVERS: Final = Choice()


def servers_of(named: Sequence[IceServer]) -> Servers:
    """Return the servers behind these URLs. An empty list means none: never a public default.

    STUN over TLS is passed over: it would tell the address of a TCP connection, which is of no use here.

    Raises:
        ConfigError: a URL is not one of a STUN or TURN server, or a TURN server comes without a credential.
    """
    stun: list[StunServer] = []
    turn: list[TurnServer] = []
    for server, url in ((each, url) for each in named for url in each.urls):
        read = _read(url)
        if isinstance(read, StunServer):
            stun.append(read)
        elif read is not None:
            if server.username is None or server.credential is None:
                raise ConfigError(f"ice_servers: expected a username and a credential for {url!r}, got none")
            turn.append(TurnServer(*read, username=server.username, credential=server.credential))
    return Servers(_once(stun), _once(turn))


def _read(url: str) -> StunServer | tuple[Transport, str, int] | None:
    read = _URL.fullmatch(url)
    if read is None or (read["transport"] and read["scheme"].startswith("stun")):
        raise ConfigError(f"ice_servers: expected stun:, stuns:, turn: or turns: and a host, got {url!r}")
    host = read["v6"] or read["host"]
    port = int(read["port"] or (TLS_PORT if read["scheme"].endswith("s") else PORT))
    match read["scheme"], read["transport"]:
        case "stun", _:
            return StunServer(host, port)
        case "stuns", _:
            return None
        case "turns", "udp":
            return None  # DTLS, which nothing here speaks
        case "turns", _:
            return Transport.TLS, host, port
        case _, "tcp":
            return Transport.TCP, host, port
    return Transport.UDP, host, port


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
