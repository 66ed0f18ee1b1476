"""Places with networks of their own on this machine, and event loops that live in them; Linux, as root."""

import asyncio
import contextlib
import ctypes
import os
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Final, Self, TypeVar

from tests.coturn import cannot_run

CLONE_NEWNET: Final = 0x4000_0000
PATIENCE_S: Final = 45.0

T = TypeVar("T")


def ip(*arguments: str) -> None:
    """Run iproute2's `ip`."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[None]:
    """Make network namespaces without any link between them, and take them down again; nothing is forwarded."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        cannot_run("no network namespaces: they need root")
    probe = subprocess.run(["ip", "netns", "list"], capture_output=True, timeout=10, check=False)
    if probe.returncode != 0:
        cannot_run("no network namespaces: `ip netns` does not work here")
    with contextlib.ExitStack() as taken_down:
        for name in names:
            ip("netns", "add", name)
            taken_down.callback(ip, "netns", "delete", name)
            ip("-n", name, "link", "set", "lo", "up")
            with _inside(name):
                for version in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
                    with contextlib.suppress(FileNotFoundError):  # a kernel without IPv6
                        Path(f"/proc/sys/net/{version}").write_text("0", encoding="ascii")
        yield


@contextlib.contextmanager
def _inside(name: str) -> Iterator[None]:
    """Have this thread's sockets and files of /proc/sys/net be those of a namespace."""
    with Path("/proc/thread-self/ns/net").open("rb") as before, Path(f"/run/netns/{name}").open("rb") as wanted:
        _enter(wanted.fileno())
        try:
            yield
        finally:
            _enter(before.fileno())


def _enter(fd: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Place:
    """An event loop in a thread in a namespace."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._entered = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"in-{name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._entered.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def run(self, story: Coroutine[object, object, T]) -> T:
        """Have `story` happen there, and return what comes of it."""
        return asyncio.run_coroutine_threadsafe(story, self._loop).result(PATIENCE_S)

    def _live(self) -> None:
        with _inside(self._name):
            self._entered.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
