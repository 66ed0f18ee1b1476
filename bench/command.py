"""The frame of every bench: its two flags, its time limits, its report and its exit status."""

import argparse
import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final

from bench.report import Goal, Report, load, machine
from stagebridge.running import run_until_signal
from teleop_core.errors import StagebridgeError

FULL_S: Final = 580.0
QUICK_S: Final = 46.0
STOPPING_S: Final = 6.0  # for ending what was started

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


def run(bench: Bench, arguments: Sequence[str] | None = None) -> int:
    """Run the bench and tell what it found; return 0 when all was measured and every goal holds, else 1."""
    began_s = time.monotonic()
    flags = parse(bench, arguments)
    limit_s = QUICK_S if flags.quick else FULL_S
    report = Report(goals=bench.goals, is_slice=flags.quick, context=machine())
    report.context["form"] = "quick" if flags.quick else "full"
    last_resort = threading.Timer(limit_s, _give_up, (report, flags, limit_s))
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


async def _bounded(bench: Bench, report: Report, ends_s: float) -> bool:
    try:
        async with asyncio.timeout(ends_s - time.monotonic()):
            await bench.work(report, ends_s)
    except TimeoutError as exc:
        report.failure = str(exc) or "did not end in its time"
    except StagebridgeError as exc:
        report.failure = str(exc)
    return True


def _give_up(report: Report, flags: Flags, limit_s: float) -> None:
    report.failure = f"did not end within {limit_s:g} s"
    report.tell(as_json=flags.as_json)
    os._exit(1)  # the kernel ends the children with us
