"""A sound device that fails as `how` says: when it is opened, in its thread, or by never coming back."""

import threading
from collections.abc import Callable

from teleop_core.errors import DriverError


class BrokenSound:
    output_ms = 0.0

    def __init__(self, how: str) -> None:
        self._how = how
        self._closed = threading.Event()

    def run(self, turn: Callable[[bytes], bytes]) -> None:
        if self._how == "hangs":
            threading.Event().wait()
        turn(b"")
        raise RuntimeError("the driver crashed")

    def close(self) -> None:
        self._closed.set()


def open_sound(settings: dict[str, object]) -> BrokenSound:
    if settings["how"] == "absent":
        raise DriverError("expected a sound card, found none")
    return BrokenSound(str(settings["how"]))
