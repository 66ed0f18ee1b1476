"""JSON log lines on standard error that never hold up whoever logs, and never carry a credential.

A terminal that is paused, or a full pipe behind standard error, must not stop a loop that the robot depends on: lines
go to a thread, through a bounded queue, and are dropped (and counted) when nobody reads them.
"""

import collections
import os
import threading
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

FLUSH_PERIOD_S: Final = 0.1
_SECRET_KEYS: Final = frozenset({"key", "token", "secret", "credential", "password", "pin"})


class LineWriter:
    """Writes lines to a file descriptor from a thread of its own; `write` never waits and never raises."""

    def __init__(self, fd: int, *, capacity: int = 20_000, owns_fd: bool = False) -> None:
        self._fd = fd
        self._owns_fd = owns_fd
        self._capacity = capacity
        self._lines: collections.deque[str] = collections.deque()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lines-{fd}", daemon=True)
        self.dropped = 0
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line, without its newline; drop it when the queue is full."""
        if len(self._lines) >= self._capacity:
            self.dropped += 1
            return
        self._lines.append(line)

    msg = debug = info = warning = error = critical = exception = fatal = write

    def close(self, *, timeout_s: float = 1.0) -> None:
        """Write what is queued, as far as the reader takes it within `timeout_s`."""
        self._closing.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while not self._closing.wait(FLUSH_PERIOD_S):
                self._drain()
            self._drain()
        finally:
            if self._owns_fd:
                os.close(self._fd)

    def _drain(self) -> None:
        while self._lines:
            batch = "".join(self._lines.popleft() + "\n" for _ in range(min(len(self._lines), 200)))
            try:
                rest = memoryview(batch.encode("utf-8", "backslashreplace"))
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
            except OSError:
                self.dropped += batch.count("\n")


def configure(process: str, **bound: str) -> LineWriter:
    """Send this process's structlog lines to standard error; return the writer, to be closed last."""
    writer = LineWriter(2)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_credentials,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: writer,
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process, **bound)
    return writer


def _hide_credentials(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _SECRET_KEYS & event.keys():
        event[name] = "(hidden)"
    return event
