"""Many datagrams in one system call: the kernel cuts them out of one buffer, where it knows how (UDP_SEGMENT)."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Final, cast

MAX_TOGETHER: Final = 64  # the kernel's own limits: pieces,
MAX_TOGETHER_BYTES: Final = 65_000  # and bytes

_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103  # linux/udp.h, since 4.18
_SIZE: Final = struct.Struct("=H")

Address = tuple[str, int]


def send_together(transport: asyncio.DatagramTransport, datagrams: Sequence[bytes], to: Address) -> None:
    """Send `datagrams` in order; what the kernel does not take at once goes the transport's own way."""
    at_once = _socket_of(transport)
    for run in runs(datagrams):
        if len(run) > 1 and at_once is not None and not backlog_bytes(transport) and _sent(at_once, run, to):
            continue
        for each in run:
            transport.sendto(each, to)


def runs(datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield `datagrams` in order, in runs of one size whose last may be shorter."""
    start = 0
    for at, each in enumerate(datagrams):
        size = len(datagrams[start])
        is_over = at - start == MAX_TOGETHER or (at - start + 1) * size > MAX_TOGETHER_BYTES
        if at > start and (is_over or len(each) > size or len(datagrams[at - 1]) < size):
            yield datagrams[start:at]
            start = at
    if datagrams:
        yield datagrams[start:]


def backlog_bytes(transport: object) -> int:
    """Return what waits here to leave through `transport`, where that knows, as of asyncio and uvloop."""
    measure = getattr(transport, "get_write_buffer_size", None)
    return measure() if measure is not None else 0


def _socket_of(transport: asyncio.DatagramTransport) -> socket.socket | None:
    """Return the socket below `transport`, or None: of another system, of uvloop, or of a relay there is none."""
    if sys.platform != "linux":
        return None
    found = transport.get_extra_info("socket") if hasattr(transport, "get_extra_info") else None
    return cast("socket.socket | None", getattr(found, "_sock", None))


def _sent(at_once: socket.socket, run: Sequence[bytes], to: Address) -> bool:
    """Return whether the kernel took the whole run; it may not know how, nor the device, or have no room now."""
    try:
        at_once.sendmsg(run, [(_SOL_UDP, _UDP_SEGMENT, _SIZE.pack(len(run[0])))], 0, to)
    except OSError:
        return False
    return True
