"""`python -m simulator.lab --link 5g`: a laboratory for a while, and what its links were like.

`--robot` and `--presenter` are commands to run at either end; the run lasts until the presenter's ends, or for
`--seconds`. The robot's end is 10.77.0.1, on a second link 10.78.0.1; the presenter's are .2. Linux, as root.
"""

import argparse
import asyncio
import contextlib
import json
import shlex
import sys
from collections.abc import Sequence

import msgspec

from simulator.lab.laboratory import Lab
from simulator.lab.lateness import RunReport
from simulator.network.profiles import profile, profiles
from teleop_core.errors import StagebridgeError

EXIT_FAULT = 2


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator.lab", description=__doc__)
    known = f"one of {', '.join(profiles())}; twice for two uplinks"
    parser.add_argument("--link", action="append", required=True, metavar="NAME", help=known)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long without a presenter's command")
    parser.add_argument("--robot", metavar="COMMAND", help="what runs at the robot's end meanwhile")
    parser.add_argument("--presenter", metavar="COMMAND", help="what runs at the presenter's end")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same weather")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser.parse_args(words)


async def _run(told: argparse.Namespace) -> RunReport:
    async with contextlib.AsyncExitStack() as leaving:
        links = [profile(name) for name in told.link]
        lab = await leaving.enter_async_context(Lab.opened(*links, seed=told.seed))
        if told.robot:
            robot = await lab.run(lab.robot, shlex.split(told.robot))
            leaving.callback(_end, robot)
        if told.presenter:
            presenter = await lab.run(lab.presenter, shlex.split(told.presenter))
            leaving.callback(_end, presenter)
            await presenter.wait()
        else:
            await asyncio.sleep(told.seconds)
        return (await lab.report()).required()


def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _words(report: RunReport, names: Sequence[str]) -> str:
    lines = [f"{report.seconds:.1f} s; packets given out {report.late.p99:.2f} ms after their time (p99)"]
    for name, link in zip(names, report.links, strict=True):
        age = link.reference
        lost = 1 - age.count / link.reference_sent if link.reference_sent else 0.0
        lines.append(
            f"{name}: bare UDP to the robot {age.p50:.1f} / {age.p99:.1f} / {age.max:.1f} ms (p50, p99, longest), "
            f"{lost:.1%} lost or under way; {link.packets_to_robot} packets to the robot, "
            f"{link.packets_from_robot} from it, {link.dropped} dropped by queues"
        )
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Run it; 0 for a run that may be reported, 2 for one that may not, or a machine that has no laboratory."""
    told = _arguments(words)
    try:
        report = asyncio.run(_run(told))
    except StagebridgeError as exc:
        sys.stderr.write(f"{exc}\n")
        return EXIT_FAULT
    said = json.dumps(msgspec.to_builtins(report)) if told.json else _words(report, told.link)
    sys.stdout.write(said + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
