import pytest

from bench.film import shoot
from bench.media import BITRATE_BPS, Run, quality_gap_db, tell
from bench.report import Report


def ran(age_ms: float, *, cpu: float, fps: float = 30) -> Run:
    return Run(ages_ms=[age_ms] * 9, fps=fps, cpu=cpu)


def test_ratios_are_those_of_medians_and_of_the_processor_time_of_each_picture() -> None:
    report = Report()
    tell(report, {"ours": [ran(5, cpu=0.2), ran(5, cpu=0.2)], "aiortc_h264": [ran(40, cpu=0.8, fps=15)]})

    assert report.figures["decoded_p50_ratio_default"] == pytest.approx(1 / 8)
    assert report.figures["cpu_ratio_default"] == pytest.approx(1 / 8)
    assert "decoded_p50_ratio_reference" not in report.figures


def test_a_sender_that_had_no_turn_leaves_its_figures_out() -> None:
    report = Report()
    tell(report, {"ours": [ran(5, cpu=0.2)], "aiortc_h264": []})

    assert "decoded_p50_ms_aiortc_h264" not in report.figures
    assert "cpu_ratio_default" not in report.figures


def test_the_quality_of_both_encoders_is_compared_on_the_same_pictures() -> None:
    assert BITRATE_BPS == 2_000_000
    assert -6 < quality_gap_db(shoot(seconds=0.5)) < 6
