"""Watches wired stops, each in a thread: a device that hangs must never hold up the motion loop.

A contact that is open, cannot be read, was not read yet or was last read too long ago counts as pressed: what is wired
to stop the robot fails towards the stop.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from robot_agent.inputs.contact import Contact
from teleop_core.errors import ConfigError, DriverError
from teleop_core.timebase import NS_PER_MS, ms
from teleop_core.wire.messages import StopLevel

READ_PERIOD_S: Final = 0.010
RETRY_S: Final = 0.5
STALE_NS: Final = ms(300)  # a reading older than that says nothing: the device hangs
_CLOSE_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Why the robot must stop, and how sternly."""

    why: str
    level: StopLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A stop input as it is known now: `pressed` is None when that cannot be told; `why` says it in words."""

    pressed: bool | None
    why: str = ""


class StopInput:
    """One wired stop, read every 10 ms by a thread of its own. A press between two looks is not missed."""

    def __init__(self, open_contact: Callable[[], Contact], *, label: str, level: StopLevel = StopLevel.SETTLE) -> None:
        """Begin to watch; `level` is how the robot stops on a press, or a cut wire. What is unreadable only settles."""
        self._open_contact = open_contact
        self._label = label
        self._level = level
        self._contact: Contact | None = None
        self._lock = threading.Lock()
        self._look = Look(pressed=None, why=f"{label} was not read yet")
        self._read_ns: int | None = None
        self._was_pressed = False
        self._tried = threading.Event()
        self._closing = threading.Event()
        self._log = structlog.get_logger("stop-input")
        self.config_error: ConfigError | None = None  # the settings can never work
        self._thread = threading.Thread(target=self._run, name=f"stop-input-{label}", daemon=True)
        self._thread.start()

    def wait_until_tried(self, *, timeout_s: float) -> None:
        """Wait until the contact was read once, or could not be, for at most `timeout_s`."""
        self._tried.wait(timeout_s)

    def look(self, *, now_ns: int) -> Look:
        """Return how the input is, or was at any moment since the last call if it was pressed then. Never waits."""
        with self._lock:
            look, read_ns, was_pressed = self._look, self._read_ns, self._was_pressed
            self._was_pressed = False
        if was_pressed and look.pressed is False:
            return Look(pressed=True, why=self._pressed_words())
        if look.pressed is not None and read_ns is not None and now_ns - read_ns >= STALE_NS:
            return Look(pressed=None, why=f"{self._label} was last read {(now_ns - read_ns) // NS_PER_MS} ms ago")
        return look

    def press(self, *, now_ns: int) -> Press | None:
        """Return why the robot must stop, None while nobody presses it. Never waits."""
        look = self.look(now_ns=now_ns)
        if look.pressed is False:
            return None
        return Press(why=look.why, level=self._level if look.pressed else StopLevel.SETTLE)

    def close(self) -> None:
        """Let go of the contact; one that hangs is left to its thread."""
        self._closing.set()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._closing.wait(pause_s):
            look = self._read()
            pause_s = READ_PERIOD_S if look.pressed is not None else RETRY_S
            with self._lock:
                changed, self._look = look != self._look, look
                self._read_ns = time.monotonic_ns()
                self._was_pressed |= look.pressed is True
            self._tried.set()
            if changed:
                self._log.info("stop_input.changed", input=self._label, pressed=look.pressed, why=look.why)
        self._let_go()

    def _read(self) -> Look:
        try:
            if self._contact is None:
                self._contact = self._open_contact()
            return Look(pressed=True, why=self._pressed_words()) if self._contact.is_open() else Look(pressed=False)
        except ConfigError as exc:
            self.config_error = exc
            reason = str(exc)
        except DriverError as exc:
            reason = str(exc)
        except Exception as exc:  # noqa: BLE001 -- the root of a thread; a plug-in may raise anything, and is shown
            reason = f"{type(exc).__name__}: {exc}"
        self._let_go()
        return Look(pressed=None, why=f"{self._label} cannot be read: {reason}"[:300])

    def _let_go(self) -> None:
        contact, self._contact = self._contact, None
        if contact is not None:
            contact.close()

    def _pressed_words(self) -> str:
        return f"{self._label} is pressed, or its wire is cut"


def _sternness(press: Press) -> int:
    return tuple(StopLevel).index(press.level)


class StopPanel:
    """All wired stops of one robot; without any, nothing is ever pressed."""

    def __init__(self, inputs: Sequence[StopInput] = ()) -> None:
        self._inputs = tuple(inputs)

    @property
    def is_wired(self) -> bool:
        """Whether there is any."""
        return bool(self._inputs)

    def press(self, *, now_ns: int) -> Press | None:
        """Return the sternest press, None while every input says that nobody presses it. Never waits."""
        presses = [each.press(now_ns=now_ns) for each in self._inputs]  # all of them: a look takes a short press in
        return max((each for each in presses if each is not None), key=_sternness, default=None)

    def wait_until_tried(self, *, timeout_s: float) -> None:
        """Wait until each input was read once.

        Raises:
            ConfigError: the settings of one can never work.

        """
        deadline_s = time.monotonic() + timeout_s
        for each in self._inputs:
            each.wait_until_tried(timeout_s=max(0.0, deadline_s - time.monotonic()))
            if each.config_error is not None:
                raise each.config_error

    def close(self) -> None:
        """Let go of all."""
        for each in self._inputs:
            each.close()
