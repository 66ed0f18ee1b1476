"""The motion loop notices that it, or the machine, was asleep."""

import pytest

from robot_agent.motion.watchdog import SleepWatch
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
