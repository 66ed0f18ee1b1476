import pytest
from structlog.testing import capture_logs

from robot_agent.media.codecs import HARDWARE, OpenCodec, x264
from robot_agent.media.hardware import Choice, NotProven, choose, prove
from robot_agent.media.settings import Preset
from tests.robot_agent.media import faulty_codec as faulty


@pytest.mark.parametrize("preset", ["ultrafast", "superfast", "veryfast"])
def test_x264_passes_what_is_asked_of_hardware(preset: Preset) -> None:
    prove(x264(preset))


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (faulty.late, "expected picture 0 at once, got \\[\\]"),
        (faulty.without_keyframes, "at 0 and 4, got them at \\[0\\]"),
        (faulty.all_keyframes, "at 0 and 4, got them at \\[0, 1, 2"),
        (faulty.without_parameter_sets, "expected parameter sets with each keyframe"),
        (faulty.high_profile, "expected constrained baseline .* got 6400"),
        (faulty.grey, "expected pictures at 28.0 dB or better"),
        (faulty.deaf, "expected a fifth of the bit rate at once"),
    ],
    ids=["late", "no-keyframe", "all-keyframes", "no-parameter-sets", "profile", "grey", "deaf"],
)
def test_an_encoder_with_a_fault_is_not_proven_and_the_reason_says_which(encoder: OpenCodec, words: str) -> None:
    with pytest.raises(NotProven, match=words):
        prove(encoder)


def test_the_first_that_is_proven_is_chosen_and_each_that_was_passed_over_has_a_line_that_says_why() -> None:
    candidates = {
        "a": faulty.absent,
        "b": faulty.unknown,
        "c": faulty.late,
        "x": faulty.crashing,
        "d": faulty.sound,
        "e": faulty.sound,
    }
    with capture_logs() as lines:
        choice = choose("auto", candidates)

    assert choice == Choice("d", faulty.sound)
    assert [(line["event"], line["encoder"]) for line in lines] == [
        ("encoder_passed_over", "a"),
        ("encoder_passed_over", "b"),
        ("encoder_passed_over", "c"),
        ("encoder_passed_over", "x"),
        ("encoder_chosen", "d"),
    ]
    assert "No such device" in lines[0]["why"]
    assert "this build of FFmpeg" in lines[1]["why"]
    assert "at once" in lines[2]["why"]
    assert lines[3]["why"] == "RuntimeError: the vendor's library says 7"


@pytest.mark.parametrize(
    ("wanted", "tried", "why"),
    [("x264", [], "as configured"), ("a", ["a"], "no hardware encoder is proven")],
    ids=["none", "one"],
)
def test_only_what_is_wanted_is_tried(wanted: str, tried: list[str], why: str) -> None:
    with capture_logs() as lines:
        choice = choose(wanted, {"a": faulty.absent, "b": faulty.sound})

    assert choice == Choice("x264", None)
    assert [line["encoder"] for line in lines[:-1]] == tried
    assert (lines[-1]["encoder"], lines[-1]["why"]) == ("x264", why)


@pytest.mark.parametrize("name", HARDWARE)
def test_a_candidate_that_is_not_on_this_machine_is_passed_over_without_harm(name: str) -> None:
    assert choose(name).name in {name, "x264"}
