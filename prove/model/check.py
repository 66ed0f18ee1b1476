"""Checks the model with Spin: the rules hold in every state, and each planted bug breaks one of them.

Spin writes a C program that visits all states; gcc compiles it. Where one of the two is missing, that is said by name.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MODEL: Final = Path(__file__).with_name("authority.pml")
BUGS: Final = (
    "NO_FENCE",
    "RESET_KEEPS_FENCE",
    "TAKE_WHILE_MOVING",
    "NO_NEUTRAL",
    "STOP_KEEPS_LEASE",
    "RENEW_REVIVES",
    "RESTART_UNLATCHED",
)
PATIENCE_S: Final = 300


class NotHereError(Exception):
    """A tool that the check needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What visiting all states of one variant showed."""

    bug: str | None
    errors: int
    states: int
    depth: int
    is_whole: bool  # whether every state was visited

    @property
    def is_right(self) -> bool:
        """The rules without a bug hold everywhere; with one they do not."""
        return (self.errors == 0 and self.is_whole) if self.bug is None else self.errors > 0

    def __str__(self) -> str:
        what = "the rules" if self.bug is None else f"planted {self.bug}"
        found = "no error" if not self.errors else f"broken after {self.depth} steps"
        whole = "all visited" if self.is_whole else "search cut short" if not self.errors else "stopped at the error"
        return f"{what}: {found}, {self.states} states, {whole}"


def find_tools(*, may_install: bool) -> None:
    """Make sure that Spin and a C compiler are there; on Debian, as root, Spin is installed when it `may_install`.

    Raises:
        NotHereError: one is missing, with its name.

    """
    if shutil.which("gcc") is None:
        raise NotHereError("gcc is not installed: the model could not be checked (apt-get install gcc)")
    if shutil.which("spin") is None and may_install and os.geteuid() == 0 and shutil.which("apt-get"):
        for what in (("update",), ("install", "--yes", "spin")):
            subprocess.run(("apt-get", "--quiet", *what), capture_output=True, check=False)
    if shutil.which("spin") is None:
        raise NotHereError("spin is not installed: the model could not be checked (apt-get install spin)")


def visit(bug: str | None) -> Visit:
    """Visit all states of the model, with `bug` in it.

    Raises:
        subprocess.CalledProcessError: the model does not compile.

    """
    with tempfile.TemporaryDirectory(prefix="spin-") as folder:
        defined = () if bug is None else (f"-D{bug}",)
        _run(("spin", *defined, "-a", str(MODEL)), folder)
        _run(("gcc", "-O1", "-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", "-o", "pan", "pan.c"), folder)
        told = _run(("./pan", "-m200000"), folder)
    errors = re.search(r"errors: (\d+)", told)
    states = re.search(r"([\d.e+]+) states, stored", told)
    depth = re.search(r"at depth (\d+)", told) or re.search(r"depth reached (\d+)", told)
    cut = "search not completed" in told.lower() or "max search depth too small" in told.lower()
    if errors is None or states is None or depth is None:
        raise NotHereError(f"spin said something unexpected: {told[:300]}")
    return Visit(bug, int(errors[1]), int(float(states[1])), int(depth[1]), is_whole=not cut)


def _run(command: tuple[str, ...], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return done.stdout


def main() -> int:
    """Check the rules, and each planted bug."""
    try:
        find_tools(may_install=True)
    except NotHereError as missing:
        print(missing)
        return 0
    visits = [visit(bug) for bug in (None, *BUGS)]
    for each in visits:
        print(f"  {each}")
    wrong = [each for each in visits if not each.is_right]
    print(f"model: {visits[0].states} states, {len(BUGS)} planted bugs, {len(wrong)} violations")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
