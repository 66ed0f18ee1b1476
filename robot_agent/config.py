"""The `[robot]` table of the configuration: what one robot agent is told at its start, and never again."""

import ipaddress
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from robot_agent.local_stop.settings import LocalStopSettings
from robot_agent.media.settings import VideoSettings
from robot_agent.media.voice.settings import VoiceSettings
from robot_agent.show.settings import ShowSettings, SpeechSettings
from teleop_core.errors import ConfigError
from teleop_core.presence import MAX_UPLINKS
from teleop_core.wire.messages import IceServer, RobotName, StopLevel, UplinkName

MIN_KEY_CHARS: Final = 16

Speed = Annotated[float, Meta(gt=0, le=5)]
Acceleration = Annotated[float, Meta(gt=0, le=10)]
Jerk = Annotated[float, Meta(gt=0, le=1000)]


class AreaSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[robot.motion.area]`: where the robot's centre may be, in the stage frame; see `teleop_core.edges`."""

    corners: tuple[tuple[float, float], ...]
    near_m: Annotated[float, Meta(ge=0, le=5)] | None = None
    near_speed_mps: Annotated[float, Meta(ge=0, le=5)] | None = None
    return_speed_mps: Annotated[float, Meta(ge=0, le=5)] | None = None
    margin_m: Annotated[float, Meta(ge=0, le=2)] | None = None


class MotionSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[robot.motion]`: the motion process. What is None stays as the design has it, see `teleop_core`."""

    rate_hz: Annotated[int, Meta(ge=20, le=200)] = 50
    trace: str | None = None  # a file of JSON lines, for measuring
    max_speed_mps: Speed | None = None
    max_turn_radps: Annotated[float, Meta(gt=0, le=6)] | None = None
    accel_mps2: Acceleration | None = None
    accel_radps2: Acceleration | None = None
    jerk_mps3: Jerk | None = None
    jerk_radps3: Jerk | None = None
    brake_jerk_mps3: Jerk | None = None
    brake_jerk_radps3: Jerk | None = None
    clear_distance_m: Annotated[float, Meta(gt=0, le=5)] | None = None
    area: AreaSettings | None = None
    max_tilt_rad: Annotated[float, Meta(gt=0, le=1.6)] | None = None
    tilt_level: StopLevel = StopLevel.SETTLE
    needs_staff: bool = False
    echo_hold_ms: Annotated[int, Meta(ge=100, le=1000)] | None = None
    picture_hold_ms: Annotated[int, Meta(ge=100, le=2000)] | None = None
    driver_ttl_ms: Annotated[int, Meta(ge=100, le=500)] | None = None


class UplinkSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[robot.uplinks]]`: one way to the bridge, by a network interface (Linux) or from an address of this machine."""

    name: UplinkName = "only"
    interface: Annotated[str, Meta(min_length=1, max_length=15)] | None = None
    source: str | None = None


THE_ONLY_UPLINK: Final = UplinkSettings()  # whichever way the system takes


class AgentConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[robot]`: one robot agent. The robot proves itself with `key`, or with what stands in `key_file`."""

    name: RobotName
    bridge_url: Annotated[str, Meta(pattern=r"^wss?://")]
    key: str | None = None
    key_file: str | None = None
    state_dir: str
    ice_servers: tuple[IceServer, ...] = ()
    driver: dict[str, object]
    camera: dict[str, object]
    cameras: tuple[dict[str, object], ...] = ()  # [[robot.cameras]]: further ones, shown with it
    motion: MotionSettings = MotionSettings()
    video: VideoSettings = VideoSettings()
    voice: VoiceSettings = VoiceSettings()
    face: dict[str, object] | None = None  # `[robot.face]`: the display, by its kind
    show: ShowSettings | None = None  # `[robot.show]`: a show, and what is done while the link is away
    speech: SpeechSettings = SpeechSettings()
    local_stop: LocalStopSettings = LocalStopSettings()
    stop_inputs: tuple[dict[str, object], ...] = ()  # [[robot.stop_inputs]]: a contact each, all of them in force
    uplinks: tuple[UplinkSettings, ...] = ()  # [[robot.uplinks]]: all of them at once; none: whichever the system takes

    def __repr__(self) -> str:
        """Return who and where, and never the key."""
        return f"AgentConfig(name={self.name!r}, bridge_url={self.bridge_url!r}, state_dir={self.state_dir!r})"

    def read_uplinks(self) -> tuple[UplinkSettings, ...]:
        """Return the ways to the bridge, at least one.

        Raises:
            ConfigError: there are too many, two have one name, or one says nowhere, or two things at once.

        """
        if len(self.uplinks) > MAX_UPLINKS:
            raise ConfigError(f"robot.uplinks: expected at most {MAX_UPLINKS}, got {len(self.uplinks)}")
        names = [uplink.name for uplink in self.uplinks]
        for number, uplink in enumerate(self.uplinks):
            where = f"robot.uplinks[{number}]"
            if uplink.name in names[:number]:
                raise ConfigError(f"{where}.name: expected another name than the other uplinks', got {uplink.name!r}")
            if (uplink.interface is None) == (uplink.source is None):
                got = "neither" if uplink.interface is None else "both"
                raise ConfigError(f"{where}: expected one of interface and source, got {got}")
            if uplink.source is not None:
                _require_address(uplink.source, f"{where}.source")
        return self.uplinks or (THE_ONLY_UPLINK,)

    def read_key(self) -> str:
        """Return the robot's key.

        Raises:
            ConfigError: there is none, or it is too short.

        """
        if (self.key is None) == (self.key_file is None):
            raise ConfigError("robot.key: expected one of key and key_file, got " + ("both" if self.key else "neither"))
        where = "robot.key"
        key = self.key
        if self.key_file is not None:
            where = f"robot.key_file: {self.key_file}"
            try:
                key = Path(self.key_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                raise ConfigError(f"{where}: cannot be read: {exc}") from exc
        if key is None or len(key) < MIN_KEY_CHARS:
            raise ConfigError(f"{where}: expected at least {MIN_KEY_CHARS} characters, got {len(key or '')}")
        return key


def _require_address(text: str, where: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as exc:
        raise ConfigError(f"{where}: expected an IP address of this machine, got {text!r}") from exc


class MotionConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the motion process is told by the agent that starts it; it holds no credential of the bridge."""

    robot: RobotName
    state_dir: str
    driver: dict[str, object]
    motion: MotionSettings
    stop_inputs: tuple[dict[str, object], ...] = ()


def motion_config(config: AgentConfig) -> MotionConfig:
    """Return the part of `config` that the motion process needs."""
    return MotionConfig(
        robot=config.name,
        state_dir=config.state_dir,
        driver=config.driver,
        motion=config.motion,
        stop_inputs=config.stop_inputs,
    )


def motion_config_to_bytes(config: MotionConfig) -> bytes:
    """Return `config` as JSON."""
    return msgspec.json.encode(config)


def motion_config_from_bytes(text: bytes) -> MotionConfig:
    """Return the configuration in `text`.

    Raises:
        ConfigError: it is none.

    """
    try:
        return msgspec.json.decode(text, type=MotionConfig)
    except msgspec.DecodeError as exc:
        raise ConfigError(f"expected the motion process's configuration: {exc}") from exc
