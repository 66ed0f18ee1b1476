"""Mutates the rules, one small change at a time, and asks the core's own tests to notice.

`python -m prove.mutants` tries all mutants of the rules over two processes and lists those that no test killed;
`prove/survivors.md` says of each why. `--sample N` tries N, evenly spread. `python -m prove` tries them all too, but
spares those that are explained the slow tests; any other survivor has survived every test.

A mutant is killed by a test that fails, by raising itself while tests are imported, or by tests that use up many times
the processor time that they take without a mutant, measured in the same run. What else goes wrong kills nobody, and the
mutant is unclear. Before any, the tests must pass without a mutant, and fail when no function works.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from prove.mutation.changes import Mutant, mutants_of
from prove.mutation.toll import Toll, toll_of

ROOT: Final = Path(__file__).parent.parent
SURVIVORS: Final = Path(__file__).with_name("survivors.md")
MODULES: Final = (
    "authority",
    "stop",
    "governor",
    "freshness",
    "arming",
    "driving",
    "marks",
    "edges",
    "plausibility",
    "staff_watch",
    "house_rules",
    "body",
    "profile",
    "desk",
    "gestures",
    "states",
)
"""What is mutated; `tests/teleop_core/test_<module>.py` are a module's own tests."""


def rules() -> dict[str, str]:
    """Return the source of each module that is mutated."""
    return {module: (ROOT / "teleop_core" / f"{module}.py").read_text() for module in MODULES}


def all_mutants() -> list[Mutant]:
    """Return every mutant of the rules."""
    return [mutant for module, source in rules().items() for mutant in mutants_of(module, source)]


def explained() -> set[str]:
    """Return the names of the mutants that `survivors.md` explains."""
    return {line.removeprefix("- ").strip() for line in SURVIVORS.read_text().splitlines() if line.startswith("- ")}


def sample(mutants: list[Mutant], count: int) -> list[Mutant]:
    """Return `count` of them, evenly spread."""
    return mutants[:: max(1, len(mutants) // count)][:count]


def toll(mutants: list[Mutant], *, processes: int, within_s: float | None = None, spare_explained: bool) -> Toll:
    """Try `mutants`, as many as fit into the time given, those that are explained last and perhaps less thoroughly."""
    known = explained()
    in_order = sorted(mutants, key=lambda mutant: mutant.name in known)
    return toll_of(
        in_order,
        root=ROOT,
        rules=rules(),
        processes=processes,
        within_s=within_s,
        spared=known if spare_explained else (),
    )


def main() -> int:
    """Try mutants, and list the survivors; fail when one of them is not explained."""
    parser = argparse.ArgumentParser(prog="python -m prove.mutants", description="Do the tests notice a changed rule?")
    parser.add_argument("--sample", type=int, help="try only so many, evenly spread")
    parser.add_argument("--module", choices=MODULES)
    parser.add_argument("--processes", type=int, default=2)
    wanted = parser.parse_args()
    mutants = [each for each in all_mutants() if wanted.module in {None, each.module}]
    if wanted.sample is not None:
        mutants = sample(mutants, wanted.sample)
    seen = toll(mutants, processes=wanted.processes, spare_explained=False)
    faults = seen.faults(explained())
    for name in sorted(explained().intersection(seen.alive)):
        print(f"explained: {name}")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"mutants: {seen.tried} tried, {len(seen.killed)} killed, {len(seen.alive)} alive, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
