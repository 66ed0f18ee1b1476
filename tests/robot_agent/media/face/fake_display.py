"""A face display that remembers how bright it was."""

import threading

import numpy as np

from teleop_core.errors import DriverLost


class FakeDisplay:
    def __init__(self, size_px: tuple[int, int] = (64, 48)) -> None:
        self.size_px = size_px
        self.levels: list[float] = []  # of the middle of each picture shown
        self.closed = threading.Event()
        self.broken = False

    def show(self, picture: object) -> None:
        if self.broken:
            raise DriverLost("expected a display, its cable is gone")
        pixels = np.asarray(picture)
        assert pixels.shape == (self.size_px[1], self.size_px[0], 3)
        assert pixels.dtype == np.uint8
        self.levels.append(float(pixels[20:28, 28:36].mean()))

    def close(self) -> None:
        self.closed.set()
