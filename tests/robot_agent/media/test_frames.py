import numpy as np
import pytest

from robot_agent.media.frames import as_i420, planes, scaled
from teleop_core.ports import Frame, PixelFormat


def frame_of(pixels: object, pixel_format: PixelFormat, width_px: int, height_px: int) -> Frame:
    return Frame(pixels=pixels, pixel_format=pixel_format, width_px=width_px, height_px=height_px, captured_ns=0)


def test_odd_sides_are_cropped() -> None:
    pixels = np.zeros((241, 321, 3), dtype=np.uint8)
    whole = as_i420(frame_of(pixels, "bgr24", 321, 241))

    assert (whole.pixel_format, whole.width_px, whole.height_px) == ("yuv420p", 320, 240)


@pytest.mark.parametrize(
    ("pixels", "pixel_format"),
    [
        (np.zeros((240, 300, 3), dtype=np.uint8), "bgr24"),
        (np.zeros((240, 320), dtype=np.uint8), "bgr24"),
        (np.zeros((240, 320, 3), dtype=np.float32), "bgr24"),
        (np.zeros((240, 320, 3), dtype=np.uint8), "yuv420p"),
        (b"\x00" * 230_400, "bgr24"),
    ],
    ids=["narrow", "grey", "floats", "not-planar", "bytes"],
)
def test_pixels_of_another_shape_are_refused(pixels: object, pixel_format: PixelFormat) -> None:
    with pytest.raises(ValueError, match=r"expected .* pixels as uint8"):
        as_i420(frame_of(pixels, pixel_format, 320, 240))


def test_odd_sides_of_planar_pixels_are_refused() -> None:
    pixels = np.zeros((360, 321), dtype=np.uint8)

    with pytest.raises(ValueError, match="expected even sides"):
        as_i420(frame_of(pixels, "yuv420p", 321, 240))


def grey(luma: int, *, width_px: int = 320, height_px: int = 240) -> Frame:
    pixels = np.full((height_px * 3 // 2, width_px), 128, dtype=np.uint8)
    pixels[:height_px] = luma
    return frame_of(pixels, "yuv420p", width_px, height_px)


@pytest.mark.parametrize(
    ("scale", "size"),
    [(0.5, (160, 120)), (0.75, (240, 180)), (0.33, (106, 80)), (0.01, (16, 16))],
    ids=["half", "three-quarters", "odd", "tiny"],
)
def test_a_picture_is_scaled_to_even_sides(scale: float, size: tuple[int, int]) -> None:
    small = scaled(grey(200), scale)

    assert (small.width_px, small.height_px) == size
    assert np.asarray(small.pixels).shape == (size[1] * 3 // 2, size[0])
    luma, blue, red = planes(small)
    assert (luma == 200).all()
    assert (blue == 128).all()
    assert (red == 128).all()


def test_scaling_keeps_each_half_where_it_was() -> None:
    frame = grey(0)
    planes(frame)[0][:, 160:] = 255
    planes(frame)[2][:120] = 7
    luma, _, red = planes(scaled(frame, 0.5))

    assert (luma[:, :80] == 0).all()
    assert (luma[:, 80:] == 255).all()
    assert (red[:60] == 7).all()


def test_scaling_by_one_is_the_picture_itself() -> None:
    frame = grey(9)

    assert scaled(frame, 1.0) is frame
