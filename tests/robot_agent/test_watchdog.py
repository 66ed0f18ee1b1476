"""The motion loop notices that it, or the machine, was asleep."""

import signal
import subprocess
import sys

import pytest

from robot_agent.motion.watchdog import SleepWatch, no_watchdog
from teleop_core.timebase import ms, seconds

BOOT_OFFSET_NS = seconds(1000)


@pytest.fixture
def watch() -> SleepWatch:
    return SleepWatch(now_ns=0, boot_ns=BOOT_OFFSET_NS)


def test_an_edge_that_comes_in_time_is_nothing(watch: SleepWatch) -> None:
    assert watch.slept(due_ns=ms(20), now_ns=ms(21), boot_ns=BOOT_OFFSET_NS + ms(21)) is None


def test_half_a_second_late_is_still_nothing_and_a_nanosecond_more_is_sleep(watch: SleepWatch) -> None:
    late = ms(20) + ms(500)

    assert watch.slept(due_ns=ms(20), now_ns=late, boot_ns=BOOT_OFFSET_NS + late) is None
    assert watch.slept(due_ns=ms(20), now_ns=late + 1, boot_ns=BOOT_OFFSET_NS + late + 1) == (
        "the motion loop was held up for 500 ms"
    )


def test_a_suspended_machine_shows_in_the_other_clock_and_is_told_once(watch: SleepWatch) -> None:
    gap = seconds(60)

    assert watch.slept(due_ns=ms(20), now_ns=ms(20), boot_ns=BOOT_OFFSET_NS + ms(20) + gap) == (
        "the machine was suspended for 60000 ms"
    )
    assert watch.slept(due_ns=ms(40), now_ns=ms(40), boot_ns=BOOT_OFFSET_NS + ms(40) + gap) is None


# --- The kernel's ---

STUCK = """
import select, sys, time
from robot_agent.motion.watchdog import KernelWatchdog
watchdog = KernelWatchdog(patience_s=0.3)
with watchdog.watching():
    for _ in range(10):
        time.sleep(0.1)
        watchdog.feed()
    print("fed", flush=True)
    if sys.argv[1] == "stuck":
        select.select([], [], [], 60)
time.sleep(0.6)
print("left", flush=True)
"""


@pytest.mark.parametrize(("how", "status", "said"), [("stuck", -signal.SIGALRM, "fed\n"), ("well", 0, "fed\nleft\n")])
def test_the_kernel_ends_a_loop_that_is_stuck_and_no_other(how: str, status: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", STUCK, how], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout) == (status, said)


def test_nobody_is_fed_by_the_watchdog_that_is_none() -> None:
    no_watchdog()
