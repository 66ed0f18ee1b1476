"""A camera without a device: noise, and a box that moves."""

import threading
import time

import cv2
import numpy as np

from robot_agent.media.picture import Shot
from teleop_core.ports import Frame, PixelFormat
from teleop_core.timebase import NS_PER_S


class NoisyScene:
    """Pictures at a steady rate, stamped when made; `stall` holds them back as a dead cable would."""

    def __init__(
        self, *, width_px: int = 320, height_px: int = 240, rate_hz: float = 30, pixel_format: PixelFormat = "bgr24"
    ) -> None:
        self._size = (width_px, height_px)
        self._period_s = 1 / rate_hz
        self._format = pixel_format
        random = np.random.default_rng(7)
        coarse = random.integers(0, 255, (height_px // 16, width_px // 16, 3), dtype=np.uint8)
        ground = cv2.resize(coarse, self._size)
        self._grounds = [
            np.clip(ground.astype(np.int16) + random.integers(-6, 6, ground.shape), 0, 255).astype(np.uint8)
            for _ in range(4)
        ]
        self._due_s = time.monotonic()
        self._number = 0
        self.stalled = threading.Event()
        self.closed = threading.Event()

    def read(self, *, timeout_s: float) -> Frame | None:
        wait_s = self._due_s - time.monotonic()
        if self.stalled.is_set() or wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0.0, wait_s))
        self._due_s = max(self._due_s + self._period_s, time.monotonic() - self._period_s)
        return self.picture()

    def picture(self) -> Frame:
        width, height = self._size
        pixels = self._grounds[self._number % len(self._grounds)].copy()
        left = self._number * 4 % (width - 40)
        pixels[height // 3 : height // 3 + 40, left : left + 40] = 255
        self._number += 1
        if self._format == "yuv420p":
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        return Frame(
            pixels=pixels,
            pixel_format=self._format,
            width_px=width,
            height_px=height,
            captured_ns=time.monotonic_ns(),
        )

    def close(self) -> None:
        self.closed.set()


def shot(number: int, *, rate_hz: int = 30, size: tuple[int, int] = (320, 240)) -> Shot:
    """Return the capture `number` of a steady camera; its RTP time is its number."""
    width_px, height_px = size
    pixels = np.random.default_rng(number).integers(60, 90, (height_px * 3 // 2, width_px), dtype=np.uint8)
    frame = Frame(
        pixels=pixels,
        pixel_format="yuv420p",
        width_px=width_px,
        height_px=height_px,
        captured_ns=number * NS_PER_S // rate_hz,
    )
    return Shot(frame=frame, rtp_time=number, since_ns=frame.captured_ns)
