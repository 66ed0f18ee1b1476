"""A camera that sees a dark room, for tests that need pictures but do not look at them; loaded as a plug-in.

One corner blinks: two pictures that are the same to the last bit would count as one that the camera repeats.
"""

import itertools
import time

import numpy as np

from teleop_core.ports import Camera, Frame

WIDTH_PX = 320
HEIGHT_PX = 240
PERIOD_S = 1 / 15


class BlackCamera:
    def __init__(self) -> None:
        self._blink = itertools.cycle([0, 255])

    def read(self, *, timeout_s: float) -> Frame | None:
        time.sleep(min(PERIOD_S, timeout_s))
        pixels = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        pixels[:2, :2] = next(self._blink)
        return Frame(
            pixels=pixels,
            pixel_format="bgr24",
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            captured_ns=time.monotonic_ns(),
        )

    def close(self) -> None:
        pass


def open_camera(settings: dict[str, object]) -> Camera:
    return BlackCamera()
