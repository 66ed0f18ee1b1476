"""What outlives a restart, in one small file that is replaced whole: epoch, fence, latch with its level, staff's rules.

A robot always boots latched and in a new epoch, so no token of an earlier life is ever valid; the fence goes on from
where it was. When the file is missing, unreadable or wrong, nobody knows where that was: the fence then starts at the
Unix time in seconds, which is above anything that a robot granted once a second since 1970 could have reached; and
should the wall clock be wrong as well, the new epoch alone still refuses every old token.
"""

import collections
import os
import select
import threading
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import Meta, Struct

from teleop_core.session import Memory
from teleop_core.timebase import seconds
from teleop_core.wire.messages import Count, Epoch, StopLevel

FILE_NAME: Final = "motion.json"
RETRY_NS: Final = seconds(1)
PATIENCE_NS: Final = seconds(1)  # a disk that takes longer counts as failed
UNKNOWN_CAP_MPS: Final = 0.15  # when a cap may have been lost: staff lift it when they see it
MAX_FENCE: Final = 2**52  # far from what the wire can carry, so that it can go on rising


class _Kept(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file's content."""

    epoch: Epoch
    fence: Count
    latched: bool
    speed_cap_mps: Annotated[float, Meta(ge=0.0)] | None = None
    gestures_allowed: bool = True
    level: StopLevel = StopLevel.SETTLE


def load(state_dir: Path, *, unix_s: int) -> tuple[Memory, str | None]:
    """Return what is remembered, and in words why it could not be read (None when it could)."""
    try:
        return from_bytes((state_dir / FILE_NAME).read_bytes()), None
    except FileNotFoundError as exc:
        return forgotten(unix_s=unix_s), str(exc)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        return lost(unix_s=unix_s), f"{state_dir / FILE_NAME}: {exc}"


def forgotten(*, unix_s: int) -> Memory:
    """Return what stands for a memory that never was."""
    return Memory(epoch="", fence=max(unix_s, 0), latched=True)


def lost(*, unix_s: int) -> Memory:
    """Return what stands for a memory that cannot be read: staff may have been strict, so it is until they look."""
    return replace(forgotten(unix_s=unix_s), speed_cap_mps=UNKNOWN_CAP_MPS, gestures_allowed=False)


def from_bytes(text: bytes) -> Memory:
    """Return the memory in a file's content.

    Raises:
        msgspec.DecodeError: it is none, or goes beyond `MAX_FENCE`.
        UnicodeDecodeError: it is no text.

    """
    kept = msgspec.json.decode(text, type=_Kept)
    if kept.fence > MAX_FENCE:
        raise msgspec.ValidationError(f"expected a fence of at most {MAX_FENCE}, got {kept.fence}")
    return Memory(
        epoch=kept.epoch,
        fence=kept.fence,
        latched=kept.latched,
        speed_cap_mps=kept.speed_cap_mps,
        gestures_allowed=kept.gestures_allowed,
        level=kept.level,
    )


def to_bytes(memory: Memory) -> bytes:
    """Return `memory` as a file's content."""
    kept = _Kept(
        epoch=memory.epoch,
        fence=memory.fence,
        latched=memory.latched,
        speed_cap_mps=memory.speed_cap_mps,
        gestures_allowed=memory.gestures_allowed,
        level=memory.level,
    )
    return msgspec.json.encode(kept)


def store(state_dir: Path, memory: Memory) -> None:
    """Replace the file, so that a reader finds the old content or the new, also after a power cut.

    Raises:
        OSError: the disk is full, read-only or broken; the old content stands.

    """
    text = to_bytes(memory)
    temporary = state_dir / f".{FILE_NAME}.{os.getpid()}"
    try:
        with temporary.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(state_dir / FILE_NAME)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(state_dir, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Disk(Protocol):
    """Where memories are kept. No method waits but `close`."""

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when there is a result."""
        ...

    def write(self, memory: Memory) -> None:
        """Have `memory` written, in the place of one that still waits."""
        ...

    def take_result(self) -> tuple[Memory, str | None] | None:
        """Return what was tried since, the oldest first, and in words why it failed; None when there is no more."""
        ...

    def close(self, *, timeout_s: float) -> None:
        """Write what still waits, unless that takes too long, and let go."""
        ...


class MemoryKeeper:
    """Keeps the disk up to date, and never waits for it.

    `is_settled` says whether what was given last is on the disk: until then its owner holds back what would follow
    from it. `fault` says in words that the disk does not keep it; a robot with a fault must not move.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._wanted: Memory | None = None
        self._kept: Memory | None = None
        self._tried: Memory | None = None
        self._failure: str | None = None
        self._given_ns = 0
        self._retry_ns = 0

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when something was written, or failed to be."""
        return self._disk.fileno()

    @property
    def is_settled(self) -> bool:
        """Whether the newest memory is on the disk."""
        return self._kept == self._wanted

    def keep(self, memory: Memory, *, now_ns: int) -> None:
        """Have `memory` written, unless it is already; tries again, once a second, what failed."""
        self._hear_disk()
        again = self._failure is not None and self._tried == memory and now_ns >= self._retry_ns
        if memory == self._wanted and not again:
            return
        if memory != self._wanted and self.is_settled:
            self._given_ns = now_ns
        self._retry_ns = now_ns + RETRY_NS
        self._wanted = memory
        self._tried = None
        self._disk.write(memory)

    def fault(self, *, now_ns: int) -> str | None:
        """Return in words why the memory is not on the disk although it should be by now, None while all is well."""
        if self.is_settled:
            return None
        if self._failure is not None:
            return self._failure
        return "the disk does not answer" if now_ns - self._given_ns > PATIENCE_NS else None

    def close(self, *, timeout_s: float) -> None:
        """Write what was given last, unless that takes too long."""
        self._disk.close(timeout_s=timeout_s)

    def wait(self, *, timeout_s: float) -> None:
        """Wait until something was written or failed to be, for at most `timeout_s`."""
        select.select([self._disk], [], [], timeout_s)
        self._hear_disk()

    def _hear_disk(self) -> None:
        while (result := self._disk.take_result()) is not None:
            self._tried, self._failure = result
            if self._failure is None:
                self._kept = self._tried


class FileDisk:
    """Keeps them in the file, from a thread of its own, so that a slow disk never holds up the motion loop."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._waiting: Memory | None = None
        self._results: collections.deque[tuple[Memory, str | None]] = collections.deque()
        self._work = threading.Condition()
        self._closing = False
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when there is a result."""
        return self._woken

    def write(self, memory: Memory) -> None:
        """Have `memory` written, in the place of one that still waits."""
        with self._work:
            self._waiting = memory
            self._work.notify()

    def take_result(self) -> tuple[Memory, str | None] | None:
        """Return what was tried since, the oldest first, and in words why it failed; None when there is no more."""
        self._drain()
        return self._results.popleft() if self._results else None

    def close(self, *, timeout_s: float) -> None:
        """Write what still waits, unless that takes too long, and let go."""
        with self._work:
            self._closing = True
            self._work.notify()
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            os.close(self._woken)
            os.close(self._wake)

    def _drain(self) -> None:
        try:
            os.read(self._woken, 64)
        except BlockingIOError:
            return

    def _run(self) -> None:
        while True:
            with self._work:
                self._work.wait_for(lambda: self._closing or self._waiting is not None)
                memory, self._waiting = self._waiting, None
                if memory is None:
                    return
            failure = None
            try:
                store(self._state_dir, memory)
            except OSError as exc:
                failure = f"cannot write {self._state_dir / FILE_NAME}: {exc.strerror}"
            self._results.append((memory, failure))
            os.write(self._wake, b".")
