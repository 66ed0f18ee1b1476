"""Lays small pictures into a large one: the cameras beside the main one, in its upper right corner."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from robot_agent.media.frames import planes, scaled
from teleop_core.ports import Frame

INSET_SHARE: Final = 0.25  # of the main picture's width
_GAP_SHARE: Final = 1 / 64
_FRAME_PX: Final = 2
_BLACK: Final = (16, 128, 128)


def compose(main: Frame, insets: Sequence[Frame]) -> Frame:
    """Return `main` with `insets` laid over it, the first on top; all in yuv420p. Those that find no room are left out.

    Without insets it is `main` itself. Its lower half stays free of the first two.
    """
    if not insets:
        return main
    whole = Frame(
        pixels=np.array(main.pixels, dtype=np.uint8),
        pixel_format="yuv420p",
        width_px=main.width_px,
        height_px=main.height_px,
        captured_ns=main.captured_ns,
    )
    gap = _even(main.width_px * _GAP_SHARE) + _FRAME_PX
    top = gap
    for inset in insets:
        small = scaled(inset, INSET_SHARE * main.width_px / inset.width_px)
        left = main.width_px - gap - small.width_px
        if left < gap or top + small.height_px + gap > main.height_px:
            break
        _lay(whole, small, left=left, top=top)
        top += small.height_px + gap
    return whole


def _lay(whole: Frame, small: Frame, *, left: int, top: int) -> None:
    """Copy `small` into `whole`, black around it; all places are even."""
    for part, ground, black, divisor in zip(planes(small), planes(whole), _BLACK, (1, 2, 2), strict=True):
        edge, x, y = _FRAME_PX // divisor, left // divisor, top // divisor
        height, width = part.shape
        ground[y - edge : y + height + edge, x - edge : x + width + edge] = black
        ground[y : y + height, x : x + width] = part


def _even(side_px: float) -> int:
    return 2 * round(side_px / 2)
