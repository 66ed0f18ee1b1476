"""Log lines: in JSON, without credentials, and never in the way of whoever logs."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from robot_agent import logs
from robot_agent.logs import LineWriter


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_lines_come_out_whole_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    writer = LineWriter(os.open(path, os.O_WRONLY | os.O_CREAT), owns_fd=True)

    for number in range(1000):
        writer.write(str(number))
    writer.close()

    assert path.read_text().split() == [str(number) for number in range(1000)]


def test_a_reader_that_does_not_read_holds_up_nobody() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing, capacity=100, owns_fd=True)
    began = time.monotonic()

    for _ in range(100_000):
        writer.write("x" * 1000)

    assert time.monotonic() - began < 5
    assert writer.dropped > 90_000
    os.close(reading)
    writer.close(timeout_s=10)


def test_a_reader_that_is_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(writing, owns_fd=True)

    writer.write("to nobody")
    wait(lambda: writer.dropped == 1)
    writer.close()


def test_a_line_is_json_and_hides_what_is_secret(capfd: pytest.CaptureFixture[str]) -> None:
    writer = logs.configure("agent", robot="r")
    try:
        structlog.get_logger("x").warning("thing.happened", key="secret-value", count=3)
    finally:
        writer.close()
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()

    line = json.loads(capfd.readouterr().err)
    assert line["event"] == "thing.happened"
    assert (line["process"], line["robot"], line["level"], line["count"]) == ("agent", "r", "warning", 3)
    assert line["key"] == "(hidden)"
