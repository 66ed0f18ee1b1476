"""Cuts the downlink of this process in the kernel: its sockets hear nothing more, and go on speaking.

A filter on each socket drops what comes in (socket(7), SO_ATTACH_FILTER; Linux, no privilege needed): on UDP
everything, on TCP each segment that carries data. Bare acknowledgements pass, so TCP goes on sending; what was dropped
is sent again by the other side once the filter is gone.
"""

import ctypes
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_SO_ATTACH_FILTER: Final = 26  # asm-generic/socket.h; Python has no name for either
_SO_DETACH_FILTER: Final = 27

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant (linux/filter.h)

DROP_ALL: Final[tuple[Instruction, ...]] = ((0x06, 0, 0, 0),)  # ret 0
DROP_DATA: Final[tuple[Instruction, ...]] = (
    (0x30, 0, 0, 12),  # ldb [12]       the data offset of the TCP header, in its upper four bits
    (0x74, 0, 0, 2),  # rsh 2          as bytes,
    (0x54, 0, 0, 0x3C),  # and 0x3c       without the bits beside it
    (0x07, 0, 0, 0),  # tax
    (0x80, 0, 0, 0),  # ld len
    (0x1C, 0, 0, 0),  # sub x          what is left is data
    (0x15, 0, 1, 0),  # jeq 0, next, last
    (0x06, 0, 0, 0xFFFF_FFFF),  # ret all
    (0x06, 0, 0, 0),  # ret 0
)


def cut(*, bridge_port: int) -> None:
    """Drop whatever comes in, over the connections to `bridge_port` and over UDP."""
    for sock in _sockets():
        with sock:
            if sock.type == socket.SOCK_DGRAM:
                _attach(sock, DROP_ALL)
            elif _is_to(sock, bridge_port):
                _attach(sock, DROP_DATA)


def mend() -> None:
    """Hear again."""
    for sock in _sockets():
        with sock:
            try:
                sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
            except OSError:  # it had none
                continue


def _attach(sock: socket.socket, program: Sequence[Instruction]) -> None:
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(code)))


def _is_to(sock: socket.socket, port: int) -> bool:
    try:
        return bool(sock.getpeername()[1] == port)
    except OSError:  # it listens
        return False


def _sockets() -> Iterator[socket.socket]:
    """Yield a copy of each internet socket of this process; filters belong to the socket behind it."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if not str(entry.readlink()).startswith("socket:"):
                continue
            sock = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:  # closed meanwhile
            continue
        if sock.family in {socket.AF_INET, socket.AF_INET6}:
            yield sock
        else:
            sock.close()
