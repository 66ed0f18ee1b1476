"""The listening socket, with the TCP options that those it accepts inherit (`teleop_core.tcp`)."""

import contextlib
import errno
import ipaddress
import socket
import sys
from typing import Final

from bridge.config import BridgeConfig
from teleop_core import tcp
from teleop_core.errors import SetupError

USER_TIMEOUT_MS: Final = 10_000
BACKLOG: Final = 1024


def allow_files(wanted: int) -> None:
    """Let this process have so many sockets and files, as far as the system lets it: beyond, nobody is accepted."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every platform

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        with contextlib.suppress(ValueError, OSError):  # macOS says infinite, and means fewer
            resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))


def open_listener(config: BridgeConfig) -> socket.socket:
    """Return a bound socket, not yet listening.

    Raises:
        SetupError: the port is in use or not allowed, or the host is not one of this machine.

    """
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as exc:
        raise SetupError(f"expected a host of this machine to listen on, got {config.host!r}: {exc.strerror}") from exc
    # One socket, so that port 0 means one port: IPv4 first, which is what "localhost" is to most clients.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.keep_short(listener.setsockopt, user_timeout_ms=USER_TIMEOUT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.settimeout(0.0)
    except OSError as exc:
        listener.close()
        raise SetupError(_cure(exc, config)) from exc
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL under which a browser on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if isinstance(address, ipaddress.IPv4Address) else "::1")
    shown = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    return f"http://{shown}:{port}"


def _cure(exc: OSError, config: BridgeConfig) -> str:
    where = f"{config.host} port {config.port}"
    match exc.errno:
        case errno.EADDRINUSE:
            return f"cannot listen on {where}: another program has it; stop that one, or choose another with --port"
        case errno.EACCES:
            return f"cannot listen on {where}: not allowed for this user; choose a port above 1023 with --port"
        case errno.EADDRNOTAVAIL:
            return f"cannot listen on {where}: this machine has no such address; try --host 0.0.0.0 or 127.0.0.1"
        case _:
            return f"cannot listen on {where}: {exc.strerror}"
