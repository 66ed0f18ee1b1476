"""Notices a camera that delivers its last picture again and again, each time with a fresh stamp.

A driver, a capture card or a converter that lost its source does that, and the stamps alone cannot tell. What is live
is never the same to the last bit for long: the noise of a sensor sees to that.
"""

import numpy as np

from teleop_core.ports import Frame


class RepeatWatch:
    """Knows since when a camera shows what it shows; for one thread."""

    def __init__(self) -> None:
        self._pixels = b""
        self._since_ns = 0

    def since_ns(self, frame: Frame) -> int:
        """Return when these very pixels were captured first, in a row that nothing else came between."""
        pixels = np.asarray(frame.pixels).tobytes()  # 0.1 ms at 720p; cameras use their buffers again
        if pixels != self._pixels:
            self._pixels, self._since_ns = pixels, frame.captured_ns
        return self._since_ns
