"""The pages under docs/ say what the code says."""

import re
from pathlib import Path

import msgspec
import pytest

from bridge.config import BridgeConfig
from bridge.turn import TurnSettings
from robot_agent.config import AgentConfig, AreaSettings, MotionSettings, UplinkSettings
from robot_agent.drivers.serial_base import SerialDriverSettings
from robot_agent.inputs.gpio import GpioSettings
from robot_agent.inputs.serial_line import SerialLineSettings
from robot_agent.local_stop.settings import LocalStopSettings
from robot_agent.media.camera import DeviceSettings
from robot_agent.media.face.framebuffer import FramebufferSettings
from robot_agent.media.settings import LowRenditionSettings, RenditionSettings, VideoSettings
from robot_agent.media.voice.portaudio import SystemSoundSettings
from robot_agent.media.voice.settings import VoiceSettings
from robot_agent.mounting import Mount
from robot_agent.show.settings import ShowSettings, SpeechSettings
from simulator.camera import SimCameraSettings
from simulator.config import SimConfig
from simulator.driver import SimDriverSettings
from simulator.face import SimFaceSettings
from simulator.sound import SimSoundSettings
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.governor import Limits
from teleop_core.profile import MAX_TILT_RAD
from teleop_core.timebase import to_ms
from teleop_core.timing import Timing

ROOT = Path(__file__).parents[2]
TABLES: dict[str, type[msgspec.Struct]] = {
    "`[bridge]`": BridgeConfig,
    "`[bridge.turn]`": TurnSettings,
    "`[robot]`": AgentConfig,
    "`[[robot.uplinks]]`": UplinkSettings,
    '`[robot.driver]` with `kind = "serial"`': SerialDriverSettings,
    '`[robot.driver]` with `kind = "sim"`': SimDriverSettings,
    "`[robot.camera]` of any kind": Mount,
    '`[robot.camera]` with `kind = "device"`': DeviceSettings,
    '`[robot.camera]` with `kind = "sim"`': SimCameraSettings,
    "`[robot.motion]`": MotionSettings,
    "`[robot.motion.area]`": AreaSettings,
    "`[robot.video]`": VideoSettings,
    "`[robot.video.high]`": RenditionSettings,
    "`[robot.video.low]`": LowRenditionSettings,
    "`[robot.voice]`": VoiceSettings,
    '`[robot.voice.sound]` with `kind = "device"`': SystemSoundSettings,
    '`[robot.voice.sound]` with `kind = "sim"`': SimSoundSettings,
    '`[robot.face]` with `kind = "framebuffer"`': FramebufferSettings,
    '`[robot.face]` with `kind = "sim"`': SimFaceSettings,
    "`[robot.show]`": ShowSettings,
    "`[robot.speech]`": SpeechSettings,
    "`[robot.local_stop]`": LocalStopSettings,
    '`[[robot.stop_inputs]]` with `kind = "gpio"`': GpioSettings,
    '`[[robot.stop_inputs]]` with `kind = "serial_line"`': SerialLineSettings,
    "`[sim]`": SimConfig,
}


def documented() -> dict[str, dict[str, str]]:
    """Return the defaults that the reference page gives, by table and key."""
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    return {
        section.splitlines()[0]: dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE))
        for section in sections
    }


def test_the_reference_has_a_section_for_each_table() -> None:
    assert list(documented()) == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_the_reference_names_each_key_and_its_default(table: str) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(TABLES[table])}
    said = documented()[table]

    assert list(said) == list(fields)
    for name, field in fields.items():
        plain = isinstance(field.default, bool | int | float | str) and field.default != ""
        if plain and name != "pages":
            assert said[name] == f"`{msgspec.json.encode(field.default).decode()}`", name


def test_the_reference_gives_the_designs_limits_and_timings() -> None:
    said = documented()["`[robot.motion]`"]
    timing, limits = Timing(), Limits()
    design = {
        "max_speed_mps": limits.max_speed_mps,
        "max_turn_radps": limits.max_turn_radps,
        "accel_mps2": limits.accel_mps2,
        "accel_radps2": limits.accel_radps2,
        "jerk_mps3": limits.jerk_mps3,
        "jerk_radps3": limits.jerk_radps3,
        "brake_jerk_mps3": limits.brake_jerk_mps3,
        "brake_jerk_radps3": limits.brake_jerk_radps3,
        "clear_distance_m": limits.clear_distance_m,
        "max_tilt_rad": MAX_TILT_RAD,
        "echo_hold_ms": to_ms(timing.echo_hold_ns),
        "picture_hold_ms": to_ms(timing.picture_hold_ns),
        "driver_ttl_ms": timing.driver_ttl_ms,
    }

    assert {name: float(said[name].strip("`")) for name in design} == design


def test_the_reference_gives_the_designs_care_near_an_edge() -> None:
    said = documented()["`[robot.motion.area]`"]
    rules = EdgeRules(area=StageArea(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))))
    names = ("near_m", "near_speed_mps", "return_speed_mps", "margin_m")

    assert [float(said[name].strip("`")) for name in names] == [getattr(rules, name) for name in names]


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    lost = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert lost == []
