"""Painted surfaces as the renderer wants them: luma at full size, chroma at half, and how much each covers.

Painting happens in BGR, float32, 0..1; the renderer works in the video's own YUV 4:2:0 (BT.601, limited range), which
halves its work and spares the encoder a conversion.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Paint = NDArray[np.float32]
Cover = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Texture:
    """An opaque surface: `luma` (H, W), `chroma` (H/2, W/2, 2) as U, V."""

    luma: Bytes
    chroma: Bytes


@dataclass(frozen=True, slots=True)
class Cutout:
    """A surface with holes. Colours are multiplied by the cover; `*_gap` is 255 where nothing covers what is behind."""

    luma: Bytes
    luma_gap: Bytes
    chroma: Bytes
    chroma_gap: Bytes


def as_paint(image: NDArray[np.generic]) -> Paint:
    """Return what OpenCV made as float32; its type hints promise less than it keeps."""
    return image.astype(np.float32, copy=False)


def texture(paint: Paint) -> Texture:
    """Return `paint` (H, W, 3), H and W even, as a texture."""
    height, width = paint.shape[:2]
    planes = cv2.cvtColor(_to_bytes(paint), cv2.COLOR_BGR2YUV_I420)
    half = planes[height:].reshape(2, height // 2, width // 2)
    return Texture(_owned(planes[:height]), _owned(half.transpose(1, 2, 0)))


def cutout(paint: Paint, cover: Cover) -> Cutout:
    """Return `paint` (H, W, 3) with `cover` (H, W), 0..1, as a cutout; H and W are even."""
    opaque = texture(paint)
    half = cv2.resize(cover, (cover.shape[1] // 2, cover.shape[0] // 2), interpolation=cv2.INTER_AREA)
    both = np.repeat(half[:, :, np.newaxis], 2, axis=2)
    return Cutout(
        luma=_owned(np.rint(opaque.luma * cover)),
        luma_gap=_owned(np.rint(255 * (1 - cover))),
        chroma=_owned(np.rint(opaque.chroma * both)),
        chroma_gap=_owned(np.rint(255 * (1 - both))),
    )


def glow(paint: Paint, x: float, y: float, radius: float, colour: tuple[float, float, float]) -> None:
    """Add light of `colour` (B, G, R) around (x, y) in place, fading like a bell of that radius; all in pixels."""
    reach = int(radius * 3)
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    patch = paint[top : int(y) + reach, left : int(x) + reach]
    if patch.size == 0:
        return
    rows = np.arange(top, top + patch.shape[0], dtype=np.float32)[:, np.newaxis] - np.float32(y)
    columns = np.arange(left, left + patch.shape[1], dtype=np.float32)[np.newaxis, :] - np.float32(x)
    light = np.exp(-(rows**2 + columns**2) / np.float32(2 * radius**2))
    patch += light[:, :, np.newaxis] * np.array(colour, np.float32)


def ramp(stops: list[tuple[float, tuple[float, float, float]]], count: int) -> Paint:
    """Return `count` colours (count, 3) along the gradient through `stops`: (0..1, (B, G, R))."""
    at = np.linspace(0, 1, count)
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [colour[channel] for _, colour in stops]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)


def _to_bytes(paint: Paint) -> Bytes:
    return np.rint(np.clip(paint, 0, 1) * 255).astype(np.uint8)


def _owned(array: NDArray[np.generic]) -> Bytes:
    return np.ascontiguousarray(array, dtype=np.uint8)
