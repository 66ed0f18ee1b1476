"""Any key on the agent's own terminal is STOP, when it was started from one."""

import asyncio
import os
import signal
import termios
from collections.abc import Callable
from typing import Final

_READ_BYTES: Final = 256


async def watch_terminal(fd: int, on_key: Callable[[], None]) -> None:
    """Call `on_key` whenever keys are pressed on the terminal `fd`, until cancelled or the terminal is gone.

    Returns at once where `fd` is no terminal, or another program has it. Ctrl-C stays what it is. While it watches, a
    key acts without Enter and is not echoed.
    """
    try:
        before = termios.tcgetattr(fd)
        if os.tcgetpgrp(fd) != os.getpgrp():
            return  # in the background: a read would suspend this process, and so stop the robot
    except (termios.error, OSError):
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    def take_keys() -> None:
        try:
            keys = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            keys = b""
        if keys:
            on_key()
        else:
            loop.remove_reader(fd)
            gone.set()

    suspended_by_reading = signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # sent to the background later: EIO instead
    suspended_by_setting = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        _set(fd, _without_lines(before))
        loop.add_reader(fd, take_keys)
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        _set(fd, before)
        signal.signal(signal.SIGTTIN, suspended_by_reading)
        signal.signal(signal.SIGTTOU, suspended_by_setting)


Attributes = list[int | list[bytes | int]]


def _without_lines(before: Attributes) -> Attributes:
    local_modes = before[3]
    if not isinstance(local_modes, int):
        raise TypeError(f"expected the local modes of a terminal, got {local_modes!r}")
    return [*before[:3], local_modes & ~(termios.ICANON | termios.ECHO), *before[4:]]


def _set(fd: int, attributes: Attributes) -> None:
    try:
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
    except termios.error:
        return  # the terminal is gone
