import threading

from robot_agent.media.slot import LatestSlot
from tests.robot_agent.media.scene import NoisyScene


def test_only_the_newest_picture_is_kept_and_each_is_taken_once() -> None:
    slot, scene = LatestSlot(), NoisyScene()
    old, new = scene.picture(), scene.picture()
    slot.put(old)
    slot.put(new)

    assert slot.take(timeout_s=0) is new
    assert slot.take(timeout_s=0) is None


def test_taking_waits_for_a_picture() -> None:
    slot, picture = LatestSlot(), NoisyScene().picture()
    threading.Timer(0.05, slot.put, [picture]).start()

    assert slot.take(timeout_s=5) is picture
