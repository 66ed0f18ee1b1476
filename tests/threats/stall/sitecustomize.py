"""On PYTHONPATH of a child: what no signal of the kernel's does to a process, done from inside.

SIGUSR1 blocks the main thread for a while, as a call that should not wait would: unlike SIGSTOP it leaves every other
thread running. SIGUSR2 takes all the memory that the process may have, and keeps it.
"""

import signal
import time

BLOCKED_S = 1.0
LARGEST_BYTES = 64 * 2**20
SMALLEST_BYTES = 512

hoard: list[bytearray] = []


def block(_number: int, _frame: object) -> None:
    """Hold up whatever the main thread does."""
    time.sleep(BLOCKED_S)


def take_all_memory(_number: int, _frame: object) -> None:
    """Leave no room for anything larger than `SMALLEST_BYTES`."""
    size = LARGEST_BYTES
    while size >= SMALLEST_BYTES:
        try:
            hoard.append(bytearray(size))
        except MemoryError:
            size //= 2


signal.signal(signal.SIGUSR1, block)
signal.signal(signal.SIGUSR2, take_all_memory)
