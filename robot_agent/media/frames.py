"""Pixels as an encoder wants them: planar 4:2:0 with even sides, at the size that is asked for."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from teleop_core.ports import Frame

Pixels = npt.NDArray[np.uint8]

SMALLEST_PX: Final = 16  # of a side


def check(frame: Frame) -> None:
    """Let a picture pass that is what it says.

    Raises:
        ValueError: the pixels do not have the shape that the frame states, or there are too few of them.
    """
    pixels = frame.pixels
    width, height = frame.width_px, frame.height_px
    shape = (height, width, 3) if frame.pixel_format == "bgr24" else (height * 3 // 2, width)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape != shape:
        seen = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise ValueError(f"expected {frame.pixel_format} pixels as uint8 {shape}, got {seen}")
    if frame.pixel_format == "yuv420p" and (width % 2 or height % 2):
        raise ValueError(f"expected even sides for yuv420p, got {width}x{height}")
    if min(width, height) < SMALLEST_PX:
        raise ValueError(f"expected a picture of at least {SMALLEST_PX} pixels a side, got {width}x{height}")


def as_i420(frame: Frame) -> Frame:
    """Return the picture as planar 4:2:0 (BT.601, limited range), cropped to even sides.

    Raises:
        ValueError: the pixels do not have the shape that the frame states.
    """
    check(frame)
    pixels = pixels_of(frame)
    if frame.pixel_format == "yuv420p":
        return _i420(np.ascontiguousarray(pixels), frame)
    even = np.ascontiguousarray(pixels[: frame.height_px & ~1, : frame.width_px & ~1])
    return _i420(np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8), frame)


def scaled(frame: Frame, scale: float) -> Frame:
    """Return a yuv420p picture at `scale` times its size, sides even and at least 16 pixels; at 1, `frame` itself."""
    width, height = _even(frame.width_px * scale), _even(frame.height_px * scale)
    if (width, height) == (frame.width_px, frame.height_px):
        return frame
    out = np.empty((height * 3 // 2, width), dtype=np.uint8)
    for whole, part in zip(planes(frame), planes(_i420(out, frame)), strict=True):
        cv2.resize(whole, part.shape[::-1], dst=part, interpolation=cv2.INTER_AREA)
    return _i420(out, frame)


def pixels_of(frame: Frame) -> Pixels:
    """Return the pixels as the array that they are."""
    return np.asarray(frame.pixels, dtype=np.uint8)


def planes(frame: Frame) -> tuple[Pixels, Pixels, Pixels]:
    """Return Y, U and V of a yuv420p picture as views of its pixels."""
    width, height = frame.width_px, frame.height_px
    flat = pixels_of(frame).reshape(-1)
    luma, chroma = width * height, width * height // 4
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(height // 2, width // 2),
        flat[luma + chroma :].reshape(height // 2, width // 2),
    )


def _i420(pixels: Pixels, source: Frame) -> Frame:
    return Frame(
        pixels=pixels,
        pixel_format="yuv420p",
        width_px=pixels.shape[1],
        height_px=pixels.shape[0] * 2 // 3,
        captured_ns=source.captured_ns,
    )


def _even(side_px: float) -> int:
    return max(SMALLEST_PX, 2 * round(side_px / 2))
