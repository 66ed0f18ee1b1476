"""Child processes end with whoever started them, and the proof that none is left looks at all of /proc."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from simulator import processes
from simulator.processes import MARK, Child
from teleop_core.errors import SetupError

SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
STARTS_ANOTHER = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], "
    "start_new_session=True); print('started', flush=True)"
)


@pytest.fixture
def mark() -> str:
    return secrets.token_hex(8)


def child(program: str, mark: str, folder: Path) -> Child:
    return Child("child", [sys.executable, "-c", program], mark=mark, log=folder / "child.log", extra={})


def wait_for(path: Path, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in (path.read_text() if path.exists() else ""):
        assert time.monotonic() < deadline, f"expected {text!r} in {path}"
        time.sleep(0.01)


@pytest.mark.asyncio
async def test_a_child_is_found_by_its_mark_and_stopped(mark: str, tmp_path: Path) -> None:
    running = child(SLEEPS, mark, tmp_path)
    assert processes.marked(mark) == [running.pid]

    assert await running.stop(within_s=5)

    assert running.exit_status == -signal.SIGTERM
    assert processes.marked(mark) == []


@pytest.mark.asyncio
async def test_a_child_that_does_not_listen_is_killed(mark: str, tmp_path: Path) -> None:
    running = child(DEAF, mark, tmp_path)
    wait_for(running.log, "deaf")

    assert not await running.stop(within_s=0.1)

    assert running.exit_status == -signal.SIGKILL
    assert running.tail() == "deaf"


@pytest.mark.asyncio
async def test_a_child_that_is_frozen_is_woken_to_be_stopped(mark: str, tmp_path: Path) -> None:
    running = child(SLEEPS, mark, tmp_path)
    running.send(signal.SIGSTOP)

    assert await running.stop(within_s=5)


@pytest.mark.asyncio
async def test_what_a_child_leaves_behind_is_found_and_ended(mark: str, tmp_path: Path) -> None:
    running = child(STARTS_ANOTHER, mark, tmp_path)
    assert await running.ended(within_s=10)
    assert len(processes.marked(mark)) == 1
    assert not await processes.none_marked(mark, within_s=0.1)

    processes.kill_marked(mark)

    assert await processes.none_marked(mark, within_s=5)


def test_a_program_that_is_not_there_is_named(mark: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot start child"):
        Child("child", ["/nowhere/program"], mark=mark, log=tmp_path / "child.log", extra={})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a process with its parent")
def test_a_child_ends_with_a_parent_that_is_killed(mark: str, tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    inner = "from simulator.processes import end_with_parent; end_with_parent(); print('up', flush=True); " + SLEEPS
    outer = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from simulator.processes import Child
        Child("inner", [sys.executable, "-c", {inner!r}], mark={mark!r}, log=Path({str(log)!r}), extra={{}})
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", outer], env={**os.environ, MARK: "another"})
    try:
        wait_for(log, "up")
    finally:
        parent.kill()
        parent.wait()

    assert asyncio.run(processes.none_marked(mark, within_s=5))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a process with its parent")
def test_a_child_whose_parent_is_gone_already_ends_at_once(mark: str, tmp_path: Path) -> None:
    program = "from simulator.processes import end_with_parent; end_with_parent(); " + SLEEPS
    environ = {**os.environ, MARK: mark, processes.PARENT: "1"}

    ended = subprocess.run([sys.executable, "-c", program], env=environ, check=False, timeout=10)

    assert ended.returncode == -signal.SIGKILL


def test_without_a_parent_named_nothing_happens() -> None:
    program = "from simulator.processes import end_with_parent; end_with_parent()"

    subprocess.run([sys.executable, "-c", program], check=True, timeout=10)
