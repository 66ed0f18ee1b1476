"""The rig's configuration file says in TOML what was meant."""

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.rig_folder import RigFolder, merged, toml_text

keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20)
plain = st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False), texts)
rows = st.dictionaries(keys, plain, max_size=3)
values = st.one_of(plain, st.lists(texts, max_size=3), st.lists(rows, max_size=2))
tables = st.dictionaries(keys, st.one_of(values, st.dictionaries(keys, values, max_size=3)), max_size=4)


@given(st.dictionaries(keys, tables, max_size=3))
def test_what_is_written_is_read_again(config: dict[str, dict[str, object]]) -> None:
    assert tomllib.loads(toml_text(config)) == config


def test_paths_are_written_as_text() -> None:
    assert tomllib.loads(toml_text({"sim": {"socket": Path("/a b/s.sock")}})) == {"sim": {"socket": "/a b/s.sock"}}


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), object()])
def test_what_toml_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="expected text, a finite number"):
        toml_text({"sim": {"seed": value}})


def test_changes_are_laid_over_tables_within_tables_and_none_takes_away() -> None:
    config = {"robot": {"name": "a", "driver": {"kind": "sim", "socket": "s"}}}

    changed = merged(config, {"robot": {"driver": {"socket": None, "port": "p"}}, "sim": {"seed": 2}})

    assert changed == {"robot": {"name": "a", "driver": {"kind": "sim", "port": "p"}}, "sim": {"seed": 2}}
    assert config["robot"]["driver"] == {"kind": "sim", "socket": "s"}


def test_the_folder_is_private_short_and_goes_away() -> None:
    folder = RigFolder()
    try:
        folder.write_config({"robot": {"key": "secret"}})

        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.config.stat().st_mode) == 0o600
        assert len(str(folder.stage_socket).encode()) < 108
    finally:
        folder.remove()

    assert not folder.path.exists()


def test_what_a_killed_rig_left_is_swept_away_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, own, other = (
        tmp_path / name for name in (f"stagebridge-{dead.pid}-a", f"stagebridge-{os.getpid()}-b", "x-1-c")
    )
    for path in (left, own, other):
        path.mkdir()

    folder = RigFolder()

    assert not left.exists()
    assert own.exists()
    assert other.exists()
    folder.remove()


def test_a_folder_that_another_rig_sweeps_at_the_same_time_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = tmp_path / "stagebridge-999999999-gone"
    monkeypatch.setattr(Path, "glob", lambda *_: [gone])

    RigFolder().remove()
    assert not gone.exists()
