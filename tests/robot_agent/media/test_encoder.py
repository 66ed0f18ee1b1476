import os

import av
import numpy as np
import pytest
from structlog.testing import capture_logs

from robot_agent.media.codecs import OpenCodec, threads_for
from robot_agent.media.encoder import AccessUnit, H264Encoder
from robot_agent.media.settings import RenditionSettings
from teleop_core.ports import Frame
from tests.robot_agent.media import faulty_codec as faulty
from tests.robot_agent.media.scene import NoisyScene
from tests.robot_agent.media.viewer import units_of

SPS, PPS, SLICE, IDR = 7, 8, 1, 5


def encoded(encoder: H264Encoder, scene: NoisyScene, count: int, *, keyframe_at: int | None = None) -> list[AccessUnit]:
    units = [encoder.encode(scene.picture(), keyframe=n == keyframe_at) for n in range(count)]
    return [unit for unit in units if unit is not None]


def decoded(units: list[AccessUnit]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    return [frame for unit in units for frame in decoder.decode(av.Packet(unit.stream))]


def rate_bps(units: list[AccessUnit], rate_hz: int = 30) -> float:
    return sum(len(unit.stream) for unit in units) * 8 * rate_hz / len(units)


def test_each_picture_comes_out_at_once_and_only_the_first_is_a_keyframe() -> None:
    units = encoded(H264Encoder(RenditionSettings()), NoisyScene(), 60)

    assert [unit.keyframe for unit in units] == [True] + [False] * 59
    assert len(decoded(units)) >= 59


def test_a_keyframe_is_an_idr_with_its_parameter_sets() -> None:
    units = encoded(H264Encoder(RenditionSettings()), NoisyScene(), 10, keyframe_at=5)

    assert units[5].keyframe
    assert [kind for kind in units_of(units[5].stream) if kind != 6] == [SPS, PPS, IDR]
    assert units_of(units[6].stream) == [SLICE]
    assert decoded(units[5:])


def test_each_thread_encodes_a_slice_of_the_picture() -> None:
    units = encoded(H264Encoder(RenditionSettings(), threads=2), NoisyScene(width_px=1280, height_px=720), 3)

    assert [kind for kind in units_of(units[0].stream) if kind != 6] == [SPS, PPS, IDR, IDR]
    assert units_of(units[2].stream) == [SLICE, SLICE]
    assert len(decoded(units)) >= 2


def test_a_large_picture_gets_more_threads_and_a_small_one_a_single_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))
    assert [threads_for(height_px) for height_px in (240, 360, 720, 1080, 4320)] == [1, 1, 2, 3, 8]


def test_the_stream_is_constrained_baseline_as_the_answer_says() -> None:
    stream = encoded(H264Encoder(RenditionSettings()), NoisyScene(width_px=1280, height_px=720), 1)[0].stream
    profile, constraints, level = stream[5:8]

    assert profile == 0x42
    assert constraints & 0xC0 == 0xC0
    assert level <= 31


def test_the_bit_rate_changes_without_a_keyframe() -> None:
    encoder = H264Encoder(RenditionSettings(ceiling_bps=1_500_000))
    scene = NoisyScene(width_px=640, height_px=480)
    full = encoded(encoder, scene, 60)
    encoder.set_rate(300_000, rate_hz=30)
    low = encoded(encoder, scene, 60)
    encoder.set_rate(1_500_000, rate_hz=30)
    again = encoded(encoder, scene, 60)

    assert not any(unit.keyframe for unit in low + again)
    assert rate_bps(low[15:]) < 450_000
    assert rate_bps(again[15:]) > 2 * rate_bps(low[15:])
    assert rate_bps(full) < 2_000_000


def test_the_configured_rate_is_the_ceiling() -> None:
    encoder = H264Encoder(RenditionSettings(ceiling_bps=800_000))
    encoder.set_rate(5_000_000, rate_hz=30)

    assert encoder.bitrate_bps == 800_000


def test_fewer_pictures_a_second_share_the_same_bit_rate_without_a_keyframe() -> None:
    encoder = H264Encoder(RenditionSettings(ceiling_bps=1_500_000))
    scene = NoisyScene(width_px=640, height_px=480)
    encoded(encoder, scene, 30)
    encoder.set_rate(300_000, rate_hz=30)
    often = encoded(encoder, scene, 60)
    encoder.set_rate(300_000, rate_hz=10)
    seldom = encoded(encoder, scene, 60)

    assert not any(unit.keyframe for unit in often + seldom)
    assert 0.6 < rate_bps(seldom[15:], rate_hz=10) / rate_bps(often[15:]) < 1.5


def test_a_change_of_size_begins_anew_with_a_keyframe() -> None:
    encoder = H264Encoder(RenditionSettings())
    encoded(encoder, NoisyScene(), 3)
    changed = encoded(encoder, NoisyScene(width_px=640, height_px=480), 2)

    assert [unit.keyframe for unit in changed] == [True, False]
    assert decoded(changed)[0].width == 640


def test_a_white_picture_is_white_when_shown() -> None:
    white = np.full((240, 320, 3), 255, dtype=np.uint8)
    frame = Frame(pixels=white, pixel_format="bgr24", width_px=320, height_px=240, captured_ns=0)
    encoder = H264Encoder(RenditionSettings())
    units = [encoder.encode(frame, keyframe=False) for _ in range(2)]
    shown = decoded([unit for unit in units if unit is not None])[0]

    assert shown.to_ndarray(format="bgr24").min() > 250


@pytest.mark.parametrize("failure", [av.FFmpegError(5, "Input/output error"), RuntimeError("7"), MemoryError()])
def test_hardware_encodes_until_it_fails_and_x264_goes_on_with_the_same_picture_for_good(failure: Exception) -> None:
    encoder = H264Encoder(RenditionSettings())
    encoder.use_hardware(faulty.failing(range(3, 99), failure))
    encoder.set_rate(700_000, rate_hz=30)
    with capture_logs() as lines:
        units = encoded(encoder, NoisyScene(), 8)

    assert [unit.keyframe for unit in units] == [True, False, False, True] + [False] * 4
    assert len(decoded(units)) >= 7
    assert [(line["event"], line["log_level"]) for line in lines] == [("encoder_fell_back", "warning")]
    assert encoder.bitrate_bps == 700_000


@pytest.mark.parametrize(
    "hardware", [faulty.late, faulty.absent, faulty.crashing], ids=["keeps-back", "gone", "crashes"]
)
def test_hardware_that_keeps_pictures_back_or_is_gone_is_left_at_once(hardware: OpenCodec) -> None:
    encoder = H264Encoder(RenditionSettings(), hardware=hardware)

    assert [unit.keyframe for unit in encoded(encoder, NoisyScene(), 3)] == [True, False, False]
