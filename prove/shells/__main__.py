"""`python -m prove.shells` plays houses; `--seed N` plays one and tells all, `--planted` looks for planted bugs."""

import argparse
import sys
import time
import traceback

from prove.shells import bugs
from prove.shells.runs import live, run


def main() -> int:
    """Play some houses, or one, or look for the planted bugs."""
    parser = argparse.ArgumentParser(prog="python -m prove.shells", description="The asyncio shells in virtual time.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, help="replay this run only, and tell what happens")
    parser.add_argument("--planted", action="store_true", help="say after how many runs each planted bug was found")
    wanted = parser.parse_args()
    if wanted.seed is not None:
        return replay(wanted.seed)
    if wanted.planted:
        return look_for_bugs()
    started = time.monotonic()
    ran, fouls = run(runs=wanted.runs, processes=wanted.processes, first_seed=wanted.first_seed)
    print("\n".join(fouls))
    print(f"shells: {ran} runs in {time.monotonic() - started:.1f} s, {len(fouls)} violations")
    return 1 if fouls else 0


def replay(seed: int) -> int:
    """Play one house and tell everything; return 1 when it breaks a rule."""
    try:
        print(live(seed, tell=print))
    except (Exception, BaseExceptionGroup):  # noqa: BLE001 - it is shown whole
        traceback.print_exc()
        return 1
    return 0


def look_for_bugs() -> int:
    """Say of each planted bug how it was found; return 1 when one was not."""
    missed = 0
    for bug in bugs.BUGS:
        found = bugs.find(bug)
        missed += found is None
        print(f"  {bug.name:<55} " + ("NOT FOUND" if found is None else f"run {found[0]:>3}: {found[1]}"), flush=True)
    print(f"planted: {len(bugs.BUGS)} bugs, {len(bugs.BUGS) - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
