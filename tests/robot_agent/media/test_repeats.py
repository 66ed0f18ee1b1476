import dataclasses

import numpy as np

from robot_agent.media.repeats import RepeatWatch
from teleop_core.ports import Frame


def frame(fill: int, *, captured_ns: int) -> Frame:
    pixels = np.full((4, 4, 3), fill, np.uint8)
    return Frame(pixels=pixels, pixel_format="bgr24", width_px=4, height_px=4, captured_ns=captured_ns)


def test_a_picture_unlike_the_one_before_is_as_old_as_its_capture() -> None:
    watch = RepeatWatch()

    assert [watch.since_ns(frame(fill, captured_ns=at)) for at, fill in enumerate((7, 8, 7, 8))] == [0, 1, 2, 3]


def test_a_picture_that_repeats_the_one_before_is_as_old_as_the_first_of_them() -> None:
    watch = RepeatWatch()
    watch.since_ns(frame(7, captured_ns=1))

    assert [watch.since_ns(frame(8, captured_ns=at)) for at in (2, 3, 4)] == [2, 2, 2]


def test_one_bit_is_enough_to_be_alive_also_in_a_buffer_that_is_used_again() -> None:
    watch = RepeatWatch()
    first = frame(7, captured_ns=1)
    watch.since_ns(first)
    assert isinstance(first.pixels, np.ndarray)

    first.pixels[3, 3, 2] ^= 1

    assert watch.since_ns(dataclasses.replace(first, captured_ns=2)) == 2
