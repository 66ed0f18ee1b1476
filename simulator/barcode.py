"""A frame number and a capture time in the picture itself, in cells large enough to survive the encoder.

Layout, for a picture W pixels wide and H high (pixel rows from the top)::

    cell      = W // 80 pixels, square (16 at 1280)
    the code  = 2 rows of 52 cells, at the bottom edge: from x = 14 cells, from y = H - 2 cells
    each row  = white black | 48 bits, most significant first | black white        white = 1, black = 0
    upper row = capture time, CLOCK_MONOTONIC in microseconds, modulo 2**48
    lower row = frame number modulo 2**32 (32 bits), then CRC-16/CCITT-FALSE (16 bits) over the ten bytes
                time (6 bytes) and number (4 bytes), both big-endian

To read it anywhere (a canvas in a browser too): average the green channel, or the luma, over the middle half of each
cell; a bit is 1 when it is brighter than halfway between the row's two white and two black finder cells; then check the
CRC. Cells lie on the macroblock grid at 1280x720, so that each costs the encoder little.
"""

import binascii
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CELLS_ACROSS: Final = 80
FIRST_CELL: Final = 14
ROWS: Final = 2
BITS: Final = 48
WHITE: Final = 112  # dim on purpose: people look at this picture
BLACK: Final = 16
NEUTRAL: Final = 128  # chroma
TIME_MODULUS: Final = 1 << 48
NUMBER_MODULUS: Final = 1 << 32
_ROW_CELLS: Final = BITS + 4
_PLANE: Final = 2  # axes; a colour picture has three
_MIN_CONTRAST: Final = 36.0

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a barcode says; `captured_us` is monotonic microseconds modulo 2**48."""

    number: int
    captured_us: int


def write(image: Pixels, stamp: Stamp) -> None:
    """Paint `stamp` into `image` in place: a luma plane (H, W) or a colour picture (H, W, channels)."""
    cell = image.shape[1] // CELLS_ACROSS
    levels = _levels(stamp).repeat(cell, axis=0).repeat(cell, axis=1)
    rows, columns = _place(image.shape[0], cell)
    image[rows, columns] = levels if image.ndim == _PLANE else levels[:, :, np.newaxis]


def grey_chroma(chroma: Pixels, *, width_px: int, height_px: int) -> None:
    """Take the colour out from under the code; `chroma` is (H/2, W/2) or (H/2, W/2, 2) of a picture of that size."""
    rows, columns = _place(height_px, width_px // CELLS_ACROSS)
    chroma[rows.start // 2 : rows.stop // 2, columns.start // 2 : columns.stop // 2] = NEUTRAL


def read(image: Pixels) -> Stamp | None:
    """Return what the barcode in `image` says, or None when there is none or it is damaged.

    `image` is a luma plane (H, W) or a colour picture (H, W, 3) whose middle channel is green.
    """
    luma = image if image.ndim == _PLANE else image[:, :, 1]
    cell = luma.shape[1] // CELLS_ACROSS
    if cell == 0 or luma.shape[0] < ROWS * cell:
        return None
    rows, columns = _place(luma.shape[0], cell)
    cells = luma[rows, columns].reshape(ROWS, cell, _ROW_CELLS, cell)
    inset = cell // 4
    means = cells[:, inset : cell - inset, :, inset : cell - inset].mean(axis=(1, 3))
    white, black = means[:, [0, -1]].mean(axis=1), means[:, [1, -2]].mean(axis=1)
    if (white - black).min() < _MIN_CONTRAST:
        return None
    bits = (means[:, 2:-2] > ((white + black) / 2)[:, np.newaxis]).astype(np.uint8)
    told = np.packbits(bits).tobytes()
    captured, number, crc = told[:6], told[6:10], told[10:]
    if binascii.crc_hqx(captured + number, 0xFFFF) != int.from_bytes(crc, "big"):
        return None
    return Stamp(int.from_bytes(number, "big"), int.from_bytes(captured, "big"))


def _levels(stamp: Stamp) -> Pixels:
    told = (stamp.captured_us % TIME_MODULUS).to_bytes(6, "big") + (stamp.number % NUMBER_MODULUS).to_bytes(4, "big")
    told += binascii.crc_hqx(told, 0xFFFF).to_bytes(2, "big")
    bits = np.unpackbits(np.frombuffer(told, np.uint8)).reshape(ROWS, BITS)
    framed = np.pad(bits, ((0, 0), (2, 2)))
    framed[:, [0, -1]] = 1
    return np.where(framed == 1, np.uint8(WHITE), np.uint8(BLACK))


def _place(height_px: int, cell: int) -> tuple[slice, slice]:
    return slice(height_px - ROWS * cell, height_px), slice(FIRST_CELL * cell, (FIRST_CELL + _ROW_CELLS) * cell)
