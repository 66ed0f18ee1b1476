"""What a robot is configured with, and what the motion process makes of it."""

from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig, MotionSettings, motion_config
from robot_agent.motion.limits import limits_of, profile_of, timing_of
from robot_agent.sniff import kind_of
from teleop_core.errors import ConfigError
from teleop_core.governor import Limits
from teleop_core.ports import Capabilities
from teleop_core.timebase import ms
from teleop_core.timing import Timing

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
