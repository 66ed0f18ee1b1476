"""What the tests on real processes look at from outside: memory, ports and limits, as the kernel tells them."""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ADMIN_KEY: Final = "the-admin-key-of-the-threats"
SMALL_PICTURE: Final = {"width": 320, "height": 176}  # what is asked here is not asked of the picture
FARTHEST_M: Final = 0.7  # twice the design's 0.34 m, for a busy machine


def rss_bytes(pid: int) -> int:
    """Return how much memory a process has in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def size_bytes(pid: int) -> int:
    """Return how much address space a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def udp_addresses(pid: int) -> Iterator[tuple[str, int]]:
    """Yield where a process listens to datagrams, IPv4 only."""
    inodes = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if found := re.fullmatch(r"socket:\[(\d+)\]", str(fd.readlink())):
                inodes.add(found[1])
    for line in Path(f"/proc/{pid}/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[9] in inodes:
            address, port = fields[1].split(":")
            yield socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)
