"""What a robot is configured with, and what the motion process makes of it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig, AreaSettings, MotionSettings, UplinkSettings, motion_config
from robot_agent.motion.limits import limits_of, profile_of, safety_profile_of, timing_of
from robot_agent.sniff import kind_of
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.errors import ConfigError
from teleop_core.governor import Limits
from teleop_core.ports import Capabilities, Gesture
from teleop_core.profile import SafetyProfile
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import GestureSpec, StopLevel

KEY = "0123456789abcdef"
SLOW = Capabilities(
    model="slow",
    max_vx_mps=0.2,
    max_vy_mps=0.0,
    max_wz_radps=0.3,
    max_accel_mps2=0.5,
    max_accel_radps2=0.6,
    native_time_limit=True,
)


def config(**changes: object) -> AgentConfig:
    table: dict[str, object] = {
        "name": "stage-1",
        "bridge_url": "ws://127.0.0.1:8080/ws",
        "state_dir": "/var/lib/stage",
        "driver": {"kind": "sim"},
        "camera": {"kind": "sim"},
    }
    return msgspec.convert(table | changes, AgentConfig)


def test_the_key_stands_in_the_table_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")

    assert config(key=KEY).read_key() == KEY
    assert config(key_file=str(file)).read_key() == KEY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "got neither"),
        ({"key": KEY, "key_file": "/k"}, "got both"),
        ({"key": "short"}, "at least 16 characters, got 5"),
        ({"key_file": "/no/such/file"}, "robot.key_file: /no/such/file: cannot be read"),
    ],
    ids=["neither", "both", "short", "no-file"],
)
def test_a_key_that_cannot_be_is_refused_without_showing_it(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config(**changes).read_key()

    assert words in str(refused.value)
    assert "short" not in str(refused.value)


def test_the_key_is_in_no_repr_and_not_with_the_motion_process() -> None:
    told = config(key=KEY)

    assert KEY not in repr(told)
    assert KEY.encode() not in msgspec.json.encode(motion_config(told))


@pytest.mark.parametrize(
    "changes",
    [
        {"bridge_url": "http://x"},
        {"name": "Stage One"},
        {"motion": {"rate_hz": 5}},
        {"motion": {"max_speed_mps": 0}},
        {"motion": {"echo_hold_ms": 1001}},
        {"motion": {"max_sped_mps": 0.5}},
        {"colour": "red"},
    ],
    ids=repr,
)
def test_what_a_robot_must_not_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        config(**changes)


def test_the_design_holds_where_nothing_is_configured() -> None:
    assert limits_of(MotionSettings(), None) == Limits()
    assert timing_of(MotionSettings()) == Timing()


def test_what_is_configured_replaces_the_design() -> None:
    settings = MotionSettings(rate_hz=100, max_speed_mps=0.3, accel_radps2=1.5, echo_hold_ms=1000, picture_hold_ms=900)

    assert limits_of(settings, None) == Limits(max_speed_mps=0.3, accel_radps2=1.5)
    assert timing_of(settings) == Timing(tick_ns=ms(10), echo_hold_ns=ms(1000), picture_hold_ns=ms(900))


def test_a_robot_is_never_asked_for_more_than_it_can() -> None:
    limits = limits_of(MotionSettings(max_speed_mps=0.5), SLOW)

    assert limits == Limits(max_speed_mps=0.2, max_turn_radps=0.3, accel_mps2=0.5, accel_radps2=0.6)
    assert profile_of(MotionSettings(), SLOW).max_speed_mps == 0.2
    assert not profile_of(MotionSettings(), SLOW).holonomic


def test_the_area_of_a_stage_is_drawn_in_the_configuration() -> None:
    area = AreaSettings(corners=((0.0, 0.0), (2.0, 0.0), (0.0, 2.0)), near_m=0.1)
    edges = limits_of(MotionSettings(area=area), None).edges

    assert edges == EdgeRules(area=StageArea(((0.0, 0.0), (2.0, 0.0), (0.0, 2.0))), near_m=0.1)


def test_an_area_that_is_none_is_refused_with_its_key() -> None:
    area = AreaSettings(corners=((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)))

    with pytest.raises(ConfigError, match=r"robot\.motion\.area\.corners: expected corners around an area"):
        limits_of(MotionSettings(area=area), None)


def test_a_jerk_that_is_configured_replaces_the_designs() -> None:
    settings = MotionSettings(jerk_mps3=2.0, brake_jerk_mps3=5.0, clear_distance_m=1.0)

    assert limits_of(settings, None) == Limits(jerk_mps3=2.0, brake_jerk_mps3=5.0, clear_distance_m=1.0)


def test_the_rules_learn_how_the_robot_stops_and_what_the_show_asks_for() -> None:
    can = replace(SLOW, stop_levels=(StopLevel.SETTLE, StopLevel.CUT))
    settings = MotionSettings(max_tilt_rad=0.2, tilt_level=StopLevel.CUT, needs_staff=True)
    profile = safety_profile_of(settings, can)

    assert profile == SafetyProfile(
        limits=limits_of(settings, can),
        ladder=(StopLevel.SETTLE, StopLevel.CUT),
        max_tilt_rad=0.2,
        tilt_level=StopLevel.CUT,
        needs_staff=True,
    )
    assert profile_of(settings, can).stop_levels == (StopLevel.SETTLE, StopLevel.CUT)
    assert safety_profile_of(MotionSettings(), None) == SafetyProfile()


def test_gestures_are_told_to_the_rules_and_to_the_pages() -> None:
    can = replace(SLOW, gestures=(Gesture(name="wave", lasts_ms=3000), Gesture(name="bow", lasts_ms=9, is_large=True)))

    assert safety_profile_of(MotionSettings(), can).gestures == can.gestures
    assert safety_profile_of(MotionSettings(), SLOW).gestures == ()
    assert profile_of(MotionSettings(), can).gestures == (
        GestureSpec(name="wave", lasts_ms=3000),
        GestureSpec(name="bow", lasts_ms=9, is_large=True),
    )


def test_a_robot_that_cannot_stop_as_the_configuration_asks_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"robot\.motion\.tilt_level: expected one of 'settle', .* got 'damp'"):
        safety_profile_of(MotionSettings(tilt_level=StopLevel.DAMP), SLOW)


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (b'{"type":"stop","id":"1"}', "stop"),
        (b'{"id":"1","type":"drive"}', "drive"),
        (b'{"type":7}', ""),
        (b"{}", ""),
        (b"[", ""),
        (b"", ""),
        (b'{"type":"\xff"}', ""),
        (b"[" * 10_000, ""),
    ],
    ids=repr,
)
def test_the_type_of_a_frame_is_what_it_says(frame: bytes, kind: str) -> None:
    assert kind_of(frame) == kind


UPLINKS = [{"name": "venue", "interface": "eth0"}, {"name": "5G", "source": "10.9.0.7"}]


def test_without_a_word_of_uplinks_there_is_one_whichever_way_the_system_takes() -> None:
    assert config().read_uplinks() == (UplinkSettings(name="only", interface=None, source=None),)


def test_uplinks_are_named_with_an_interface_or_an_address() -> None:
    assert config(uplinks=UPLINKS).read_uplinks() == (
        UplinkSettings(name="venue", interface="eth0"),
        UplinkSettings(name="5G", source="10.9.0.7"),
    )


@pytest.mark.parametrize(
    ("uplinks", "words"),
    [
        ([*UPLINKS, {"name": "5G", "interface": "wwan0"}], r"uplinks\[2\].name: expected another name .* got '5G'"),
        ([{"name": "venue"}], r"uplinks\[0\]: expected one of interface and source, got neither"),
        ([{"name": "venue", "interface": "eth0", "source": "10.9.0.7"}], r"interface and source, got both"),
        ([UPLINKS[0], {"name": "5G", "source": "here"}], r"uplinks\[1\].source: expected an IP address .* got 'here'"),
        ([{"name": f"{n}", "interface": "eth0"} for n in range(5)], "robot.uplinks: expected at most 4, got 5"),
    ],
    ids=["twice", "neither", "both", "no-address", "too-many"],
)
def test_uplinks_that_cannot_be_are_refused_with_their_key(uplinks: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        config(uplinks=uplinks).read_uplinks()
