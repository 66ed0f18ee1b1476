"""Where a rig keeps its files: one temporary folder with the configuration, the logs, the sockets and the database."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PREFIX: Final = "stagebridge-"

Tables = Mapping[str, Mapping[str, object]]


class RigFolder:
    """A folder of its own, short enough for a Unix socket's 108 bytes, readable by nobody else."""

    def __init__(self) -> None:
        _sweep()
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self.config = self.path / "stagebridge.toml"
        self.database = self.path / "bridge.sqlite3"
        self.stage_socket = self.path / "stage.sock"
        self.serial_link = self.path / "tty"
        self.robot_state = self.path / "robot"
        self.stop_page_link = self.robot_state / "stop-page.url"
        self.motion_trace = self.path / "motion.jsonl"

    def log(self, name: str) -> Path:
        """Return where the child `name` writes."""
        return self.path / f"{name}.log"

    def write_config(self, tables: Tables) -> None:
        """Write the one configuration file of all children."""
        self.config.write_text(toml_text(tables), encoding="utf-8")
        self.config.chmod(0o600)  # it holds the robot's key

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.path, ignore_errors=True)


def _sweep() -> None:
    """Delete what rigs left whose process was killed: each folder is named after its own."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = path.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdecimal() and not _lives(int(pid)) and _is_ours(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_uid == os.getuid()
    except FileNotFoundError:  # another rig swept it, or its own has just removed it
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def merged(tables: Tables, changes: Tables) -> dict[str, dict[str, object]]:
    """Return `tables` with `changes` laid over them, tables within tables included; a None takes the key away."""
    result = {name: dict(table) for name, table in tables.items()}
    for name, table in changes.items():
        result[name] = _merged(result.get(name, {}), table)
    return result


def _merged(table: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    result = dict(table)
    for key, value in changes.items():
        before = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = _merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def toml_text(tables: Mapping[str, object]) -> str:
    """Return `tables` as TOML: keys are bare words, values text, numbers, Booleans, paths, lists of them or tables."""
    lines: list[str] = []
    _write_table(lines, (), tables)
    return "\n".join(lines) + "\n"


def _write_table(lines: list[str], path: tuple[str, ...], table: Mapping[str, object]) -> None:
    if path:
        lines.append(f"[{'.'.join(path)}]")
    inner: list[tuple[str, Mapping[str, object]]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner.append((key, value))
        else:
            lines.append(f"{key} = {_toml_value(value)}")
    for key, value in inner:
        _write_table(lines, (*path, key), value)


def _toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False)  # a JSON text is a TOML basic string
        case list() | tuple():
            return "[" + ", ".join(_toml_value(each) for each in value) + "]"
        case Mapping():  # inside a list
            return "{ " + ", ".join(f"{key} = {_toml_value(each)}" for key, each in value.items()) + " }"
        case _:
            raise TypeError(f"expected text, a finite number, a Boolean, a path or a list, got {value!r}")
