import threading

from robot_agent.media.slot import LatestSlot
from tests.robot_agent.media.scene import shot


def test_only_the_newest_capture_is_kept_and_each_is_taken_once() -> None:
    slot, old, new = LatestSlot(), shot(1), shot(2)
    slot.put(old)
    slot.put(new)

    assert slot.take(timeout_s=0) is new
    assert slot.take(timeout_s=0) is None


def test_what_is_cleared_is_never_taken() -> None:
    slot = LatestSlot()
    slot.put(shot(1))
    slot.clear()

    assert slot.take(timeout_s=0) is None


def test_taking_waits_for_a_capture() -> None:
    slot, one = LatestSlot(), shot(1)
    threading.Timer(0.05, slot.put, [one]).start()

    assert slot.take(timeout_s=5) is one
