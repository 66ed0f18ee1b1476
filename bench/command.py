"""The frame of every bench: its two flags, its time limits, its report and its exit status."""

import argparse
import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.report import Goal, Report, load, machine
from stagebridge.running import run_until_signal
from teleop_core.errors import StagebridgeError

FULL_S: Final = 585.0  # a bench must end within ten minutes,
QUICK_S: Final = 47.0  # a slice of it within fifty seconds
_START_TIME: Final = 19  # in /proc/PID/stat, counted from the state behind the name (proc(5): field 22)
STOPPING_S: Final = 3.0  # for ending what the work left behind

Work = Callable[[Report, float], Coroutine[object, object, None]]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a bench is called, what it is held to, and its work, which fills in the report.

    The work gets `ends_s`, the instant of `time.monotonic` by which it should have come to its end.
    """

    name: str
    summary: str
    goals: Sequence[Goal]
    work: Work


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The command line of a bench."""

    quick: bool
    as_json: bool


def parse(bench: Bench, arguments: Sequence[str] | None = None) -> Flags:
    """Return the flags; prints a usage and ends the process when they are wrong."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{bench.name}", description=bench.summary)
    parser.add_argument("--quick", action="store_true", help="a slice of it, in under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line on standard output")
    told = parser.parse_args(arguments)
    return Flags(quick=told.quick, as_json=told.json)


def run(bench: Bench, arguments: Sequence[str] | None = None, *, age_s: float | None = None) -> int:
    """Run the bench and tell what it found; return 0 when all was measured and every goal holds, else 1.

    `age_s` is how much of its time is over, the age of this process unless told otherwise.
    """
    began_s = time.monotonic() - (_own_age_s() if age_s is None else age_s)
    flags = parse(bench, arguments)
    limit_s = QUICK_S if flags.quick else FULL_S
    report = Report(goals=bench.goals, is_slice=flags.quick, context=machine())
    report.context["form"] = "quick" if flags.quick else "full"
    last_resort = threading.Timer(began_s + limit_s - time.monotonic(), _give_up, (report, flags, limit_s))
    last_resort.daemon = True
    last_resort.start()
    ends_s = began_s + limit_s - STOPPING_S
    done = run_until_signal(lambda: _bounded(bench, report, ends_s))
    last_resort.cancel()
    if done is None:
        report.failure = report.failure or "ended by a signal"
    report.context["seconds"] = round(time.monotonic() - began_s, 1)
    report.context["load_at_end"] = load()
    report.tell(as_json=flags.as_json)
    return report.exit_status


def _own_age_s() -> float:
    """Return how long ago this process was started: loading it takes seconds on a machine that is busy."""
    try:
        words = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:  # no Linux
        return 0.0
    started_s = int(words[_START_TIME]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


async def _bounded(bench: Bench, report: Report, ends_s: float) -> bool:
    try:
        async with asyncio.timeout(ends_s - time.monotonic()):
            await bench.work(report, ends_s)
    except TimeoutError as exc:
        report.failure = report.failure or str(exc) or "did not end in its time"
    except StagebridgeError as exc:
        report.failure = report.failure or str(exc)
    return True


def _give_up(report: Report, flags: Flags, limit_s: float) -> None:
    report.failure = report.failure or f"did not end within {limit_s:g} s"
    report.tell(as_json=flags.as_json)
    os._exit(1)  # the kernel ends the children with us
