"""Configuration: one file, the environment on top, flags on top of both; wrong keys and values are refused in words."""

from pathlib import Path

import msgspec
import pytest

from robot_agent.config import AgentConfig
from stagebridge import config
from teleop_core.errors import ConfigError


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rate_hz: float = 50.0
    trace: str | None = None


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    host: str = "127.0.0.1"
    port: int = 8080
    name: str | None = None
    open: bool = False
    origins: tuple[str, ...] = ()
    inner: Inner = Inner()
    driver: dict[str, object] = {}


class Keyed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: str


def write(folder: Path, text: str) -> Path:
    file = folder / "stage.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read(file: Path | None = None, *, environ: dict[str, str] | None = None, **flags: object) -> Sample:
    dotted = {name.replace("__", "."): value for name, value in flags.items()}
    return config.load(file, environ=environ or {}, flags=dotted).read("bridge", Sample)


def test_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert read() == Sample()


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, '[bridge]\nhost = "file"\nport = 1\nname = "file"\n')
    environ = {"STAGEBRIDGE_BRIDGE__PORT": "2", "STAGEBRIDGE_BRIDGE__NAME": "env"}

    found = read(file, environ=environ, bridge__name="flag")

    assert (found.host, found.port, found.name) == ("file", 2, "flag")


def test_a_flag_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, "[bridge]\nport = 1\n")

    assert read(file, bridge__port=None).port == 1


def test_the_file_beside_the_user_is_found_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stagebridge.toml").write_text("[bridge]\nport = 9\n", encoding="utf-8")

    assert read().port == 9


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("PORT", "81", "port", 81),
        ("HOST", "81", "host", "81"),
        ("NAME", "true", "name", "true"),
        ("OPEN", "true", "open", True),
        ("ORIGINS", '["a", "b"]', "origins", ("a", "b")),
        ("INNER__RATE_HZ", "25", "inner", Inner(rate_hz=25.0)),
        ("INNER__TRACE", "/var/t", "inner", Inner(trace="/var/t")),
        ("DRIVER__BAUD", "9600", "driver", {"baud": 9600}),
        ("DRIVER__PORT", "/dev/ttyUSB0", "driver", {"port": "/dev/ttyUSB0"}),
    ],
)
def test_text_from_the_environment_takes_the_type_of_its_key(name: str, text: str, field: str, value: object) -> None:
    found = read(environ={f"STAGEBRIDGE_BRIDGE__{name}": text})

    assert getattr(found, field) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[brige]\n", "brige: unknown key (from {file}); did you mean bridge?"),
        ("[bridge]\nprot = 1\n", "bridge.prot: unknown key (from {file}); did you mean bridge.port?"),
        ("[bridge]\nzzz = 1\n", "bridge.zzz: unknown key (from {file}); known here: driver, host, inner, name, "),
        (
            "[bridge.inner]\nrate = 1\n",
            "bridge.inner.rate: unknown key (from {file}); did you mean bridge.inner.rate_hz?",
        ),
        ('[bridge]\nport = "x"\n', "bridge.port: expected int, got str: 'x' (from {file})"),
        ("[bridge]\norigins = [1]\n", "bridge.origins: expected str, got int: [1] (from {file})"),
        ('[bridge.inner]\nrate_hz = "fast"\n', "bridge.inner.rate_hz: expected float, got str: 'fast' (from {file})"),
        ("bridge = 1\n", "bridge: expected a table, [bridge], got 1 (from {file})"),
        ("[bridge", "{file}: expected TOML: "),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_cure(tmp_path: Path, text: str, said: str) -> None:
    file = write(tmp_path, text)

    with pytest.raises(ConfigError) as refusal:
        read(file)

    assert str(refusal.value).startswith(said.format(file=file))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("BRIGE__PORT", "1", "brige: unknown key (from STAGEBRIDGE_BRIGE__PORT); did you mean bridge?"),
        (
            "BRIDGE__PROT",
            "1",
            "bridge.prot: unknown key (from STAGEBRIDGE_BRIDGE__PROT); did you mean bridge.port?",
        ),
        (
            "BRIDGE__PORT",
            "http",
            "bridge.port: expected a whole number, got 'http' (from STAGEBRIDGE_BRIDGE__PORT)",
        ),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(name: str, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read(environ={f"STAGEBRIDGE_{name}": text})

    assert str(refusal.value) == said


def test_a_missing_key_says_how_to_set_it() -> None:
    with pytest.raises(ConfigError) as refusal:
        config.load(environ={}).read("robot", Keyed)

    assert str(refusal.value) == (
        "robot.key is missing: set it in the [robot] table of the configuration file, or as STAGEBRIDGE_ROBOT__KEY"
    )


def test_a_secret_never_shows_in_a_message() -> None:
    class Secret(msgspec.Struct):
        admin_key: int

    with pytest.raises(ConfigError) as refusal:
        config.load(environ={}, flags={"bridge.admin_key": "hunter2"}).read("bridge", Secret)

    assert "hunter2" not in str(refusal.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot read the configuration file: No such file"):
        read(tmp_path / "nowhere.toml")


def test_variables_without_a_level_are_not_configuration() -> None:
    assert read(environ={"STAGEBRIDGE_ADMIN_KEY": "x", "PATH": "/"}) == Sample()


def test_each_stop_input_is_a_table_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "robot.toml"
    file.write_text(
        '[robot]\nname = "r"\nbridge_url = "ws://b/ws"\nkey = "0123456789abcdef"\nstate_dir = "s"\n'
        '[robot.driver]\nkind = "sim"\n[robot.camera]\nkind = "sim"\n'
        '[[robot.stop_inputs]]\nkind = "gpio"\nline = 17\n'
        '[[robot.stop_inputs]]\nkind = "serial_line"\nport = "/dev/ttyUSB1"\n'
    )

    read = config.load(file, environ={}).read("robot", AgentConfig)

    assert read.stop_inputs == ({"kind": "gpio", "line": 17}, {"kind": "serial_line", "port": "/dev/ttyUSB1"})


def test_a_pin_that_cannot_be_is_refused_without_showing_it() -> None:
    environ = {
        "STAGEBRIDGE_ROBOT__NAME": "r",
        "STAGEBRIDGE_ROBOT__BRIDGE_URL": "ws://b/ws",
        "STAGEBRIDGE_ROBOT__STATE_DIR": "s",
        "STAGEBRIDGE_ROBOT__DRIVER__KIND": "sim",
        "STAGEBRIDGE_ROBOT__CAMERA__KIND": "sim",
        "STAGEBRIDGE_ROBOT__LOCAL_STOP__PIN": "47 11",
    }

    with pytest.raises(ConfigError, match=r"robot\.local_stop\.pin") as refused:
        config.load(environ=environ).read("robot", AgentConfig)

    assert "47 11" not in str(refused.value)
