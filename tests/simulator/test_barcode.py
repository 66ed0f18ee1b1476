from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import barcode
from simulator.barcode import Stamp
from simulator.layout import StageLayout
from simulator.renderer import Renderer
from simulator.stage_link import Pose, Scene

WIDTH, HEIGHT = 1280, 720


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1), st.sampled_from([(1280, 720), (640, 360), (320, 180)]))
def test_reads_what_was_written_at_every_size(number: int, captured_us: int, size: tuple[int, int]) -> None:
    luma = np.full((size[1], size[0]), 90, np.uint8)

    barcode.write(luma, Stamp(number, captured_us))

    assert barcode.read(luma) == Stamp(number, captured_us)


def test_counts_around_at_its_widths() -> None:
    luma = np.zeros((HEIGHT, WIDTH), np.uint8)

    barcode.write(luma, Stamp(2**32 + 7, 2**48 + 9))

    assert barcode.read(luma) == Stamp(7, 9)


def test_reads_a_colour_picture_as_a_browser_would() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)

    barcode.write(picture, Stamp(1, 2))

    assert barcode.read(picture) == Stamp(1, 2)


def test_a_picture_without_a_code_says_nothing() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)

    assert barcode.read(np.zeros((HEIGHT, WIDTH), np.uint8)) is None
    assert barcode.read(noise) is None
    assert barcode.read(np.zeros((4, 40), np.uint8)) is None


def test_a_damaged_code_says_nothing() -> None:
    luma = np.zeros((HEIGHT, WIDTH), np.uint8)
    barcode.write(luma, Stamp(77, 123_456_789))
    cell = WIDTH // barcode.CELLS_ACROSS
    column = (barcode.FIRST_CELL + 40) * cell
    patch = luma[HEIGHT - 2 * cell : HEIGHT - cell, column : column + cell]
    patch[:] = barcode.WHITE + barcode.BLACK - patch

    assert barcode.read(luma) is None


@pytest.mark.parametrize("shrunk", [1, 2])
def test_survives_h264_at_the_bitrate_of_the_show(shrunk: int) -> None:
    """1.5 Mbps at 720p while the robot turns; also when the receiver halves the picture."""
    renderer = Renderer(StageLayout(), seed=1, width_px=WIDTH, height_px=HEIGHT)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
    encoder.bit_rate = 1_500_000
    encoder.options = {"preset": "superfast", "tune": "zerolatency", "maxrate": "1500000", "bufsize": "150000"}
    decoder = av.CodecContext.create("h264", "r")
    sent, seen, size = [], [], 0
    for number in range(60):
        pixels = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        renderer.draw(scene(heading_rad=0.02 * number), pixels)
        sent.append(Stamp(number, 987_654_321_000 + number * 33_367))
        barcode.write(pixels[:HEIGHT], sent[-1])
        frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            size += len(bytes(packet))
            seen += [picture.to_ndarray(format="yuv420p")[:HEIGHT] for picture in decoder.decode(packet)]
    seen += [picture.to_ndarray(format="yuv420p")[:HEIGHT] for picture in decoder.decode(None)]

    assert size * 8 / 2 < 2_000_000
    pictures = [cv2.resize(one, (WIDTH // shrunk, HEIGHT // shrunk), interpolation=cv2.INTER_LINEAR) for one in seen]
    assert [barcode.read(one.astype(np.uint8)) for one in pictures] == sent


def scene(*, heading_rad: float) -> Scene:
    return Scene(
        stage_ns=0,
        monotonic_ns=0,
        robot=Pose(0.5, 0.0, heading_rad),
        people=(Pose(0.5, -3.0, 0.0), Pose(0.0, 3.2, 2.0)),
        fallen=False,
        stalled=False,
        repeats=False,
    )
