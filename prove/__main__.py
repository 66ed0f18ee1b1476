"""`python -m prove`: everything that is proven, one after another; `--quick` is a slice of it in under 50 seconds.

The last line is `prove: N runs, 0 violations`, or the lines that replay what was found come before it.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prove import campaign, fault_matrix, faults, fuzz, mutants, planted, shells
from prove.model import check
from prove.parsers import parsers
from prove.phases import ORDER

ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of each is done. Seconds are upper bounds of wall time."""

    runs: int
    campaign_s: float
    fault_seeds: int
    fault_share: float
    bug_runs: int
    bugs: int
    fuzz_s: float
    shells: int
    shells_s: float
    model_bugs: int
    mutants: int | None
    mutants_s: float


WHOLE: Final = Size(
    runs=1_000_000,
    campaign_s=1290.0,
    fault_seeds=4,
    fault_share=1.0,
    bug_runs=planted.MOST_RUNS,
    bugs=len(planted.BUGS),
    fuzz_s=45.0,
    shells=2000,
    shells_s=180.0,
    model_bugs=len(check.BUGS),
    mutants=None,
    mutants_s=900.0,
)
QUICK: Final = Size(
    runs=1_000_000,
    campaign_s=12.0,
    fault_seeds=1,
    fault_share=0.12,
    bug_runs=planted.MOST_RUNS,
    bugs=10,
    fuzz_s=3.0,
    shells=40,
    shells_s=4.0,
    model_bugs=2,
    mutants=24,
    mutants_s=8.0,
)


@dataclass(slots=True)
class Verdict:
    """What one part did, in a line, and what it found."""

    line: str
    runs: int = 0
    violations: list[str] = field(default_factory=list)


def lives(size: Size, *, processes: int) -> Verdict:
    """Run the campaign."""
    tally = campaign.run(first_seed=0, runs=size.runs, processes=processes, within_s=size.campaign_s)
    line = f"{tally.runs} lives, {tally.ticks} random ticks, {tally.moves} in motion, {tally.faults} faults in them"
    return Verdict(line, tally.runs, list(campaign.lines(tally)))


def matrix(size: Size, *, processes: int) -> Verdict:
    """Run the fault matrix."""
    played, fouls = 0, []
    with ProcessPoolExecutor(processes) as pool:
        seeds = [range(seed, seed + 1) for seed in range(size.fault_seeds)]
        for cells, broken in pool.map(_some_cells, seeds, [size.fault_share] * len(seeds)):
            played += cells
            fouls += broken
    line = f"{len(faults.FAULTS)} faults x {len(ORDER)} phases and pairs of {len(faults.GRAVEST)}: {played} cells"
    return Verdict(line, played, fouls)


def _some_cells(seeds: range, share: float) -> tuple[int, list[str]]:
    return fault_matrix.run(seeds=seeds, share=share)


def planted_bugs(size: Size, *, processes: int) -> Verdict:
    """Have the campaign find bugs that were planted."""
    chosen = planted.BUGS[: size.bugs]
    with ProcessPoolExecutor(processes) as pool:
        found = list(pool.map(_look_for, range(len(chosen)), [size.bug_runs] * len(chosen)))
    missed = [f"planted bug not found: {bug.name}" for bug, at in zip(chosen, found, strict=True) if at is None]
    slowest = max((at for at in found if at is not None), default=0)
    line = f"{len(chosen)} planted bugs, {len(chosen) - len(missed)} found, within {slowest} lives each"
    return Verdict(line, 0, missed)


def _look_for(number: int, runs: int) -> int | None:
    found = planted.find(planted.BUGS[number], runs=runs)
    return None if found is None else found[0]


def shells_in_virtual_time(size: Size, *, processes: int) -> Verdict:
    """Run the asyncio shells."""
    ran, fouls = shells.run(runs=size.shells, processes=processes, within_s=size.shells_s)
    return Verdict(f"{ran} runs of the asyncio shells in virtual time", ran, fouls)


def fuzzing(size: Size, *, processes: int) -> Verdict:
    """Fuzz every parser."""
    del processes
    inputs, broken = fuzz.run(seed=int(time.time()), within_s=size.fuzz_s)
    return Verdict(f"{inputs} inputs to {len(parsers())} parsers", 0, [str(each) for each in broken])


def model(size: Size, *, processes: int) -> Verdict:
    """Check the model, or say what is missing for it."""
    try:
        check.find_tools(may_install=True)
    except check.NotHereError as missing:
        return Verdict(f"NOT RUN: {missing}")
    chosen = (None, *check.BUGS[: size.model_bugs])
    with ProcessPoolExecutor(processes) as pool:
        visits = list(pool.map(check.visit, chosen))
    line = f"{visits[0].states} states, {len(chosen) - 1} planted bugs"
    return Verdict(line, 0, [str(each) for each in visits if not each.is_right])


def mutated_rules(size: Size, *, processes: int) -> Verdict:
    """Mutate the rules."""
    everything, known = mutants.all_mutants(), mutants.explained()
    unexplained = [mutant for mutant in everything if mutant.name not in known]
    chosen = everything if size.mutants is None else mutants.sample(unexplained, size.mutants)
    toll = mutants.toll(chosen, processes=processes, within_s=size.mutants_s, spare_explained=True)
    line = f"{toll.tried} of {len(everything)} mutants tried, {len(toll.killed)} killed, {len(toll.alive)} survived"
    faults = toll.faults(known)
    if size.mutants is None:
        faults += [f"mutant not tried in the time given: {each.name}" for each in unexplained if not toll.tells(each)]
    return Verdict(f"{line}, {len(known.intersection(toll.alive))} of them explained", 0, faults)


PARTS: Final[dict[str, Callable[..., Verdict]]] = {
    "model": model,
    "planted": planted_bugs,
    "faults": matrix,
    "shells": shells_in_virtual_time,
    "fuzz": fuzzing,
    "mutants": mutated_rules,
    "campaign": lives,
}


def main() -> int:
    """Prove everything, or a slice; return 1 when anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m prove", description="Prove that nothing moves that should not.")
    parser.add_argument("--quick", action="store_true", help="a slice of everything, in under 50 seconds")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part only; may be repeated")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    wanted = parser.parse_args()
    os.chdir(ROOT)
    size, runs, violations = QUICK if wanted.quick else WHOLE, 0, []
    for name in wanted.only or PARTS:
        started = time.monotonic()
        try:
            verdict = PARTS[name](size, processes=wanted.processes)
        except (OSError, RuntimeError, subprocess.SubprocessError) as exc:
            verdict = Verdict(f"could not run: {exc}", 0, [f"{name}: {exc}"])
        runs += verdict.runs
        violations += verdict.violations
        print(f"  {name:<9} {verdict.line}  ({time.monotonic() - started:.1f} s)", flush=True)
        for each in verdict.violations:
            print(f"    {each}", flush=True)
    print(f"prove: {runs} runs, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
