"""The hold card: what the robot's face shows while the presenter's does not come. Calm, and no frozen grimace."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

# Blue, green, red. The colours of the pages: page, panel, accent.
_EDGE: Final = np.array((20, 16, 13), np.float32)
_MIDDLE: Final = np.array((52, 42, 33), np.float32)
_ACCENT: Final = (255, 184, 108)
_FINE: Final = 4  # drawn so much larger, then reduced: smooth lines


def draw_card(width_px: int, height_px: int) -> Pixels:
    """Return the card (height, width, 3), BGR: closed eyes and a quiet mouth, in a soft light."""
    width, height = width_px * _FINE, height_px * _FINE
    across = (np.arange(width, dtype=np.float32) / width - 0.5)[np.newaxis, :]
    down = (np.arange(height, dtype=np.float32) / height - 0.5)[:, np.newaxis]
    light = np.clip(1 - 1.7 * np.hypot(across, down), 0, 1)[:, :, np.newaxis] ** 1.5
    card = (_EDGE + (_MIDDLE - _EDGE) * light).astype(np.uint8)
    unit = min(width, height)
    stroke = max(1, round(0.028 * unit))
    for side in (-1, 1):
        eye = round(width / 2 + side * 0.19 * unit), round(height * 0.43)
        cv2.ellipse(card, eye, (round(0.095 * unit), round(0.055 * unit)), 0, 15, 165, _ACCENT, stroke, cv2.LINE_AA)
    mouth = round(width / 2), round(height * 0.62)
    cv2.ellipse(card, mouth, (round(0.085 * unit), round(0.03 * unit)), 0, 20, 160, _ACCENT, stroke, cv2.LINE_AA)
    return np.asarray(cv2.resize(card, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
