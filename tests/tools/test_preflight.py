import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PREFLIGHT = Path(__file__).parents[2] / "tools" / "preflight.sh"
FIND_PYTHON, CHECK_NODE = "find_python", "check_node"


class Machine:
    """A machine with just the programs that a test puts on it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, name: str, script: str) -> str:
        program = self._path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return str(program)

    def has_python(self, name: str, version: tuple[int, int, int], *, with_venv: bool = True) -> str:
        told = ".".join(map(str, version))
        young_enough, venv = int(version < (3, 11)), int(not with_venv)
        return self.has(
            name, f"case $2 in *print*) echo {told} ;; *exit*) exit {young_enough} ;; *venv*) exit {venv} ;; esac"
        )

    def has_node(self, version: str) -> str:
        self.has("npm", "echo 10.0.0")
        return self.has("node", f"echo {version}")

    def tries(self, check: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        for name in ("cut", "dirname"):
            if not (self._path / name).exists():
                (self._path / name).symlink_to(f"/usr/bin/{name}")
        env = {**(environment or {}), "PATH": str(self._path)}
        command = ["/bin/sh", "-euc", f". {PREFLIGHT}; {check}"]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def assert_refused(answer: subprocess.CompletedProcess[str], *, saying: str) -> None:
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1, "one line, for a person"
    assert answer.stderr.startswith("Stagebridge needs ")
    assert saying in answer.stderr


def test_takes_the_newest_python_that_it_knows(machine: Machine) -> None:
    machine.has_python("python3.11", (3, 11, 2))
    newest = machine.has_python("python3.13", (3, 13, 0))

    assert machine.tries(FIND_PYTHON).stdout.strip() == newest


def test_takes_plain_python3_when_it_is_young_enough(machine: Machine) -> None:
    plain = machine.has_python("python3", (3, 14, 1))

    assert machine.tries(FIND_PYTHON).stdout.strip() == plain


def test_passes_over_a_python_that_does_not_start(machine: Machine) -> None:
    machine.has("python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    works = machine.has_python("python3.12", (3, 12, 1))

    assert machine.tries(FIND_PYTHON).stdout.strip() == works


def test_passes_over_a_python_without_venv(machine: Machine) -> None:
    machine.has_python("python3.12", (3, 12, 1), with_venv=False)
    works = machine.has_python("python3.11", (3, 11, 2))

    assert machine.tries(FIND_PYTHON).stdout.strip() == works


def test_takes_the_python_that_was_named_and_no_other(machine: Machine) -> None:
    machine.has_python("python3.13", (3, 13, 0))
    mine = machine.has_python("my python", (3, 11, 9))
    old = machine.has_python("old", (3, 10, 13))

    assert machine.tries(FIND_PYTHON, {"PYTHON": mine}).stdout.strip() == mine
    assert_refused(machine.tries(FIND_PYTHON, {"PYTHON": old}), saying="3.10.13")
    assert_refused(machine.tries(FIND_PYTHON, {"PYTHON": "/nowhere/python"}), saying="PYTHON=/nowhere/python")


def test_refuses_an_old_python_and_says_its_version(machine: Machine) -> None:
    machine.has_python("python3", (3, 9, 2))

    assert_refused(machine.tries(FIND_PYTHON), saying="Python 3.11 or newer; found python3, which is 3.9.2")


def test_refuses_a_machine_without_python(machine: Machine) -> None:
    assert_refused(machine.tries(FIND_PYTHON), saying="Python 3.11 or newer; found none")


def test_names_the_package_that_brings_a_missing_venv(machine: Machine) -> None:
    machine.has_python("python3.11", (3, 11, 2), with_venv=False)

    assert_refused(machine.tries(FIND_PYTHON), saying="apt-get install python3.11-venv")


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v22.20.1", "v24.0.0", "v26.1.0"])
def test_takes_every_node_that_the_tools_run_on(machine: Machine, version: str) -> None:
    machine.has_node(version)

    assert machine.tries(CHECK_NODE).returncode == 0


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3", "v21.7.3", "v22.11.0", "v23.11.0"])
def test_refuses_any_other_node_and_says_its_version(machine: Machine, version: str) -> None:
    machine.has_node(version)

    assert_refused(machine.tries(CHECK_NODE), saying=f"which is {version}")


def test_refuses_a_machine_without_node(machine: Machine) -> None:
    assert_refused(machine.tries(CHECK_NODE), saying="Node 20.19 or newer (20.19+, 22.12+, 24+); found none")


def test_refuses_a_node_without_npm(machine: Machine) -> None:
    machine.has("node", "echo v22.12.0")

    assert_refused(machine.tries(CHECK_NODE), saying="npm")


def test_the_real_python_that_runs_this_will_do() -> None:
    command = ["/bin/sh", "-euc", f". {PREFLIGHT}; find_python"]

    found = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=30, check=True)

    assert Path(found.stdout.strip()).exists()
