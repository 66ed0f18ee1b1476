"""What the kernel says of a socket."""

import socket

from teleop_core import tcp


def options_of(sock: socket.socket, *, user_timeout_ms: int) -> dict[str, tuple[int, int]]:
    """Return, for each TCP option of ours that this kernel knows, what is set and what should be."""
    found: dict[str, tuple[int, int]] = {}
    for name, (option, wanted) in tcp.options(user_timeout_ms=user_timeout_ms).items():
        try:
            found[name] = (sock.getsockopt(tcp.IPPROTO_TCP, option), wanted)
        except OSError:
            continue
    return found
