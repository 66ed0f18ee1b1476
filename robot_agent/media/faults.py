"""What is done with devices and encoders that fail: why, in a few words, and when they are tried again. Pure."""

from collections.abc import Sequence
from typing import Final

from teleop_core.errors import StagebridgeError
from teleop_core.timebase import NS_PER_S

DEVICE_RETRIES_S: Final = (0.5, 1.0, 2.0, 4.0, 5.0)
ENCODER_RETRIES_S: Final = (0.0, *DEVICE_RETRIES_S)  # one picture alone may be at fault

MAX_REASON_CHARS: Final = 300


def reason_of(failure: BaseException) -> str:
    """Return why, for a log and for people: our own errors say it themselves, of others the kind is told, too."""
    words = str(failure) if isinstance(failure, StagebridgeError) else f"{type(failure).__name__}: {failure}"
    return words[:MAX_REASON_CHARS]


class Backoff:
    """Waits after each failure in a row for the next of `retries_s`, and then for the last of them."""

    def __init__(self, retries_s: Sequence[float]) -> None:
        self._retries_s = retries_s
        self._in_row = 0
        self._next_ns: int | None = None

    @property
    def retry_s(self) -> float:
        """How long is waited after the next failure."""
        return self._retries_s[min(self._in_row, len(self._retries_s) - 1)]

    def is_due(self, *, now_ns: int) -> bool:
        """Return whether it may be tried."""
        return self._next_ns is None or now_ns >= self._next_ns

    def failed(self, *, now_ns: int) -> None:
        """Note a failure."""
        self._next_ns = now_ns + round(self.retry_s * NS_PER_S)
        self._in_row += 1

    def worked(self) -> None:
        """Forget the failures."""
        self._in_row = 0
        self._next_ns = None
