import numpy as np
import pytest

from robot_agent.media.composer import INSET_SHARE, compose
from robot_agent.media.frames import planes
from teleop_core.ports import Frame


def plain(luma: int, *, size: tuple[int, int] = (640, 360), chroma: int = 128) -> Frame:
    width_px, height_px = size
    pixels = np.full((height_px * 3 // 2, width_px), chroma, np.uint8)
    pixels[:height_px] = luma
    return Frame(pixels=pixels, pixel_format="yuv420p", width_px=width_px, height_px=height_px, captured_ns=5)


def test_a_picture_without_insets_is_itself() -> None:
    main = plain(100)

    assert compose(main, []) is main


def test_an_inset_lies_in_the_upper_right_corner_with_black_around_and_the_rest_is_as_it_was() -> None:
    main = plain(100)
    whole = compose(main, [plain(200, size=(1280, 720), chroma=90)])
    luma, blue, red = planes(whole)
    inset = luma == 200
    rows, columns = np.flatnonzero(inset.any(axis=1)), np.flatnonzero(inset.any(axis=0))

    assert (len(columns), len(rows)) == (640 * INSET_SHARE, 360 * INSET_SHARE)
    assert inset[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert columns[0] > 320
    assert rows[-1] < 180
    assert luma[rows[0] - 1, columns[0]] == luma[rows[0], columns[0] - 1] == 16
    assert ((luma == 100) | (luma == 16) | inset).all()
    assert (blue == 90).sum() == (red == 90).sum() == inset.sum() // 4
    assert whole.captured_ns == 5


def test_the_pictures_that_went_in_stay_as_they_were() -> None:
    main, inset = plain(100), plain(200)
    compose(main, [inset])

    assert (planes(main)[0] == 100).all()
    assert (planes(inset)[0] == 200).all()


@pytest.mark.parametrize(("size", "fitting"), [((640, 360), 3), ((320, 240), 3), ((640, 128), 1), ((640, 64), 0)])
def test_insets_that_find_no_room_are_left_out(size: tuple[int, int], fitting: int) -> None:
    whole = compose(plain(100, size=size), [plain(luma) for luma in (150, 170, 190)])
    shown = {luma for luma in (150, 170, 190) if (planes(whole)[0] == luma).any()}

    assert shown == set((150, 170, 190)[:fitting])
