"""A picture in the making, in the video's own YUV: textures are laid into it in perspective."""

from typing import Final

import cv2
import numpy as np

from simulator.scenery.texture import Bytes, Cutout, Texture
from simulator.view import Box, Matrix, View

BLACK: Final = 16
GREY: Final = 128  # chroma without a colour
_SUBPIXEL_BITS: Final = 4
_FAR_OUT_PX: Final = 4000  # corners are kept inside what OpenCV can count


class Sheet:
    """A rectangle in space, by three of its corners: where a texture's top left, top right and bottom left go."""

    def __init__(
        self,
        *,
        top_left: tuple[float, float, float],
        top_right: tuple[float, float, float],
        bottom_left: tuple[float, float, float],
    ) -> None:
        self.origin = np.array(top_left)
        self.along = np.array(top_right) - self.origin
        self.down = np.array(bottom_left) - self.origin

    @property
    def corners(self) -> Matrix:
        """The four corners (4, 3), in order around the rectangle."""
        far = self.origin + self.along + self.down
        return np.array([self.origin, self.origin + self.along, far, self.origin + self.down])

    def onto_picture(self, view: View, *, width_px: int, height_px: int) -> Matrix:
        """Return the homography from the pixels of a texture of that size to the pixels of the picture."""
        spread = np.zeros((4, 3))
        spread[:3, 0] = self.along / width_px
        spread[:3, 1] = self.down / height_px
        spread[:3, 2] = self.origin + 0.5 * (spread[:3, 0] + spread[:3, 1])
        spread[3, 2] = 1.0
        return view.matrix @ spread


class Canvas:
    """Luma at full size; chroma `coarse` times smaller each way, with U and V side by side. Buffers are made once."""

    def __init__(self, width_px: int, height_px: int, *, coarse: int = 2) -> None:
        self.luma: Bytes = np.full((height_px, width_px), BLACK, np.uint8)
        self.chroma: Bytes = np.full((height_px // coarse, width_px // coarse, 2), GREY, np.uint8)
        self._coarse = coarse
        self._scratch = np.empty_like(self.luma), np.empty_like(self.luma)
        self._scratch_chroma = np.empty_like(self.chroma), np.empty_like(self.chroma)

    def copy(self, other: "Canvas") -> None:
        """Take over the whole of `other`, whose chroma may be coarser."""
        np.copyto(self.luma, other.luma)
        cv2.resize(other.chroma, self.chroma.shape[1::-1], dst=self.chroma, interpolation=cv2.INTER_LINEAR)

    def cover(self, texture: Texture, view: View, sheet: Sheet) -> None:
        """Paint an opaque texture onto a sheet in space."""
        box = view.box(sheet.corners)
        if box.is_empty:
            return
        height, width = texture.luma.shape
        matrix = sheet.onto_picture(view, width_px=width, height_px=height)
        _warp(texture.luma, _from(box, matrix), box.of(self.luma), smooth=True, fill=None)
        small, to_small = self._small(box, matrix)
        _warp(texture.chroma, to_small, small.of(self.chroma), smooth=False, fill=None)

    def lay(self, cut: Cutout, view: View, sheet: Sheet, *, smooth: bool = True) -> None:
        """Lay a cutout onto a sheet in space; what its holes show stays. Not smooth is cheaper, for what is far."""
        box = view.box(sheet.corners)
        if box.is_empty:
            return
        height, width = cut.luma.shape
        matrix = sheet.onto_picture(view, width_px=width, height_px=height)
        light, hole = (box.of(buffer) for buffer in self._scratch)
        _warp(cut.luma, _from(box, matrix), light, smooth=smooth, fill=0)
        _warp(cut.luma_gap, _from(box, matrix), hole, smooth=smooth, fill=255)
        _blend(box.of(self.luma), light, hole)
        small, to_small = self._small(box, matrix)
        light, hole = (small.of(buffer) for buffer in self._scratch_chroma)
        _warp(cut.chroma, to_small, light, smooth=False, fill=0)
        _warp(cut.chroma_gap, to_small, hole, smooth=False, fill=255)
        _blend(small.of(self.chroma), light, hole)

    def fill(self, corners: Matrix, colour: tuple[int, int, int]) -> None:
        """Fill a convex polygon, (N, 2) pixels of the picture, with a colour (Y, U, V)."""
        near = corners.clip(-_FAR_OUT_PX, _FAR_OUT_PX)
        fine = np.rint(near * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillConvexPoly(self.luma, fine, colour[0], cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.fillConvexPoly(self.chroma, fine // self._coarse, colour[1:], cv2.LINE_AA, _SUBPIXEL_BITS)

    def tilt(self, degrees: float) -> None:
        """Turn the picture on its side, as a robot that lies there sees."""
        for plane, border in ((self.luma, BLACK), (self.chroma, (GREY, GREY))):
            height, width = plane.shape[:2]
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.5)
            plane[:] = cv2.warpAffine(plane, turn, (width, height), borderValue=border)

    def write_to(self, out: Bytes) -> None:
        """Write the picture as I420, (height*3/2, width); needs chroma at half size."""
        height, width = self.luma.shape
        np.copyto(out[:height], self.luma)
        planes = out[height:].reshape(2, height // 2, width // 2)
        cv2.split(self.chroma, [planes[0], planes[1]])

    def _small(self, box: Box, matrix: Matrix) -> tuple[Box, Matrix]:
        """Return `box` in chroma pixels, and the homography from a texture's chroma (half of its luma) into it."""
        small = box.shrunk(self._coarse)
        scale = np.diag((1 / self._coarse, 1 / self._coarse, 1.0))
        return small, _from(small, scale @ matrix @ np.diag((2.0, 2.0, 1.0)))


def _warp(texture: Bytes, matrix: Matrix, target: Bytes, *, smooth: bool, fill: int | None) -> None:
    """Warp `texture` into `target` in place; outside of it is `fill`, or what was there when that is None."""
    cv2.warpPerspective(
        texture,
        matrix,
        target.shape[1::-1],
        dst=target,
        flags=cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_TRANSPARENT if fill is None else cv2.BORDER_CONSTANT,
        borderValue=(fill or 0,) * 4,
    )


def _blend(target: Bytes, light: Bytes, hole: Bytes) -> None:
    cv2.multiply(target, hole, dst=target, scale=1 / 255)
    cv2.add(target, light, dst=target)


def _from(box: Box, matrix: Matrix) -> Matrix:
    """Return `matrix` with the box's corner as its origin."""
    return np.array(((1.0, 0.0, -box.left), (0.0, 1.0, -box.top), (0.0, 0.0, 1.0))) @ matrix
