"""Has the campaign find each planted bug, or its referee sees nothing.

`python -m prove.planted` says after how many lives each was found.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from unittest import mock

from prove import snapshot
from prove.bugs import BUGS, Patch, Planted
from prove.foul import Foul
from prove.life import live

MOST_RUNS: Final = 12_000

__all__ = ["BUGS", "MOST_RUNS", "Planted", "find", "find_all", "planted"]


@contextmanager
def planted(bug: Planted) -> Iterator[None]:
    """Have the rules with `bug` in them for a while."""
    snapshot.forget()
    try:
        with _all_of(bug.patches):
            yield
    finally:
        snapshot.forget()


@contextmanager
def _all_of(patches: tuple[Patch, ...]) -> Iterator[None]:
    if not patches:
        yield
        return
    (owner, name, body), *rest = patches
    with mock.patch.object(owner, name, body), _all_of(tuple(rest)):
        yield


def find(bug: Planted, *, runs: int = MOST_RUNS, first_seed: int = 0) -> tuple[int, str] | None:
    """Return after how many lives `bug` was found, and by which foul; None when `runs` lives did not find it."""
    with planted(bug):
        for number in range(runs):
            try:
                live(first_seed + number)
            except Foul as foul:
                return number + 1, str(foul)
    return None


def find_all(*, runs: int = MOST_RUNS) -> Iterator[tuple[Planted, tuple[int, str] | None]]:
    """Look for each planted bug."""
    for bug in BUGS:
        yield bug, find(bug, runs=runs)


def main() -> int:
    """Look for each planted bug, and say after how many lives it was found."""
    parser = argparse.ArgumentParser(prog="python -m prove.planted", description="Does the campaign find bugs?")
    parser.add_argument("--runs", type=int, default=MOST_RUNS, help="lives for each bug, at most")
    missed = 0
    for bug, found in find_all(runs=parser.parse_args().runs):
        missed += found is None
        print(f"  {bug.name:<45} " + ("NOT FOUND" if found is None else f"life {found[0]:>4}: {found[1]}"), flush=True)
    print(f"planted: {len(BUGS)} bugs, {len(BUGS) - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
