"""A room: a network namespace of its own, without a name, which is gone when nobody is in it or holds it any more."""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

from teleop_core.errors import SetupError

TUN: Final = Path("/dev/net/tun")
MTU_BYTES: Final = 1500
MASK: Final = "255.255.255.0"

_CLONE_NEWNET: Final = 0x4000_0000  # sched.h; Python 3.11 has no name for it, nor for setns(2)
_TUNSETIFF: Final = 0x4004_54CA  # linux/if_tun.h
_IFF_TUN_NO_PI: Final = 0x0001 | 0x1000
_SIOCGIFFLAGS: Final = 0x8913  # linux/sockios.h
_SIOCSIFFLAGS: Final = 0x8914
_SIOCSIFADDR: Final = 0x8916
_SIOCSIFNETMASK: Final = 0x891C
_SIOCSIFMTU: Final = 0x8922
_IFF_UP: Final = 1

T = TypeVar("T")


def require_namespaces() -> None:
    """Look whether this machine lets us have rooms.

    Raises:
        SetupError: it does not; the message says what is missing.

    """
    if not sys.platform.startswith("linux"):
        raise SetupError(f"the laboratory needs Linux with network namespaces, got {sys.platform}")
    if os.geteuid() != 0:
        raise SetupError("the laboratory needs root, for network namespaces; run it with sudo")
    if not TUN.exists():
        raise SetupError(f"the laboratory needs {TUN}, which is not there; load the module with: modprobe tun")
    if shutil.which("nsenter") is None:
        raise SetupError("the laboratory needs nsenter on PATH; it is in the package util-linux")
    Room.opened().close()


class Room:
    """A network namespace with its loopback up. Made by `opened`, lost with `close` once nothing runs in it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def opened(cls) -> "Room":
        """Make a room.

        Raises:
            SetupError: the kernel does not allow it.

        """

        def leave() -> int:
            _call("unshare", _CLONE_NEWNET)
            _bring_up("lo")
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

        return cls(_in_thread(leave))

    def within(self, work: Callable[[], T]) -> T:
        """Return what `work` returns when it is called inside: sockets that it opens belong there for good."""

        def go() -> T:
            with self.entered():
                return work()

        return _in_thread(go)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread inside meanwhile, and for good all threads and processes that it starts there."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _call("setns", self._fd, _CLONE_NEWNET)
            yield
        finally:
            _call("setns", before, _CLONE_NEWNET)
            os.close(before)

    def words(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs `argv` inside, as long as this room is held here."""
        return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self._fd}", "--", *argv]

    def add_link(self, name: str, address: str) -> int:
        """Add a TUN device with an address of a /24; return what its packets are read from and written to."""

        def add() -> int:
            tun = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_NO_PI))
            _without_ipv6(name)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
                fcntl.ioctl(asked, _SIOCSIFADDR, _with_address(name, address))
                fcntl.ioctl(asked, _SIOCSIFNETMASK, _with_address(name, MASK))
                fcntl.ioctl(asked, _SIOCSIFMTU, struct.pack("16si20x", name.encode(), MTU_BYTES))
            _bring_up(name)
            return tun

        return self.within(add)

    def ip(self, *words: str) -> None:
        """Run iproute2's `ip` inside.

        Raises:
            SetupError: it is not there, or refuses.

        """
        try:
            done = subprocess.run(self.words(["ip", *words]), capture_output=True, text=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise SetupError(f"the laboratory could not run ip: {exc}") from exc
        if done.returncode != 0:
            raise SetupError(f"expected `ip {' '.join(words)}` to work, got: {done.stderr.strip()}")

    def set_kernel(self, name: str, value: str) -> None:
        """Write a kernel's setting of this room, by its path below /proc/sys/net/ipv4.

        Raises:
            SetupError: it may not be written.

        """
        self.within(lambda: Path(f"/proc/sys/net/ipv4/{name}").write_text(value, encoding="ascii"))

    def close(self) -> None:
        """Hold it no longer."""
        os.close(self._fd)


def _in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own: which namespace one is in belongs to the thread."""
    outcome: list[T] = []
    failure: list[OSError] = []

    def run() -> None:
        try:
            outcome.append(work())
        except OSError as exc:
            failure.append(exc)

    thread = threading.Thread(target=run, name="lab-room")
    thread.start()
    thread.join()
    if failure:
        raise SetupError(
            f"a room of the laboratory did not get what it needs of the kernel: {failure[0]}"
        ) from failure[0]
    return outcome[0]


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number or errno.EPERM)}")


def _bring_up(name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        told = fcntl.ioctl(asked, _SIOCGIFFLAGS, struct.pack("16sh22x", name.encode(), 0))
        flags = struct.unpack("16sh22x", told)[1]
        fcntl.ioctl(asked, _SIOCSIFFLAGS, struct.pack("16sh22x", name.encode(), flags | _IFF_UP))


def _with_address(name: str, address: str) -> bytes:
    return struct.pack("16sHH4s16x", name.encode(), socket.AF_INET, 0, socket.inet_aton(address))


def _without_ipv6(name: str) -> None:
    try:
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1", encoding="ascii")
    except OSError:
        return  # no IPv6, or a /proc that is only to be read: then the link carries some neighbour discovery
