"""The campaign: seeded lives, each judged by the referee; one that breaks a rule is named by the line that replays it.

`python -m prove.campaign --runs 1000000` lives them, `--seed N` replays one and tells everything that happens.
"""

import argparse
import gc
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from prove.life import live

BATCH: Final = 250
MOST_SHOWN: Final = 20


@dataclass(slots=True)
class Tally:
    """What a number of lives came to; `fouls` maps a seed to what was broken."""

    runs: int = 0
    ticks: int = 0
    moves: int = 0
    faults: int = 0
    fouls: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Count `other` in."""
        self.runs += other.runs
        self.ticks += other.ticks
        self.moves += other.moves
        self.faults += other.faults
        self.fouls.update(other.fouls)


def live_all(seeds: range) -> Tally:
    """Live the lives of `seeds`; anything that a life raises is a foul."""
    tally = Tally()
    for seed in seeds:
        tally.runs += 1
        try:
            lived = live(seed)
        except Exception as exc:  # noqa: BLE001 - whatever the core raises in a life is a counterexample
            tally.fouls[seed] = f"{type(exc).__name__}: {exc}"
            continue
        tally.ticks += lived.ticks
        tally.moves += lived.moves
        tally.faults += lived.faults
    return tally


def run(*, first_seed: int, runs: int, processes: int, within_s: float = float("inf")) -> Tally:
    """Live `runs` lives from `first_seed` on, or as many as fit into `within_s`, over `processes`."""
    ends = time.monotonic() + within_s
    batches = [
        Batch(range(at, min(at + BATCH, first_seed + runs)), ends) for at in range(first_seed, first_seed + runs, BATCH)
    ]
    total = Tally()
    if processes <= 1:
        for batch in batches:
            total.add(live_batch(batch))
        return total
    with multiprocessing.Pool(processes, initializer=_prepare) as pool:
        for tally in pool.imap_unordered(live_batch, batches):
            total.add(tally)
    return total


@dataclass(frozen=True, slots=True)
class Batch:
    """Lives for one process to live, unless it is later than `ends` on the monotonic clock by then."""

    seeds: range
    ends: float


def live_batch(batch: Batch) -> Tally:
    """Live a batch, or nothing when it is too late."""
    if time.monotonic() >= batch.ends:
        return Tally()
    tally = live_all(batch.seeds)
    gc.collect()
    return tally


def _prepare() -> None:
    """Have a worker collect garbage between batches only: a life leaves no cycles, and to look for them is dear."""
    gc.freeze()
    gc.disable()


def replay(seed: int) -> int:
    """Live one life and tell everything; return 1 when it breaks a rule."""
    try:
        lived = live(seed, tell=print)
    except Exception:  # noqa: BLE001 - it is shown whole
        traceback.print_exc()
        return 1
    print(lived)
    return 0


def lines(tally: Tally) -> Iterator[str]:
    """Yield a line for each life that broke a rule, up to twenty."""
    for seed, foul in sorted(tally.fouls.items())[:MOST_SHOWN]:
        yield f"python -m prove.campaign --seed {seed}  # {foul}"
    if len(tally.fouls) > MOST_SHOWN:
        yield f"... and {len(tally.fouls) - MOST_SHOWN} more"


def main() -> int:
    """Live a campaign, or replay one life."""
    parser = argparse.ArgumentParser(prog="python -m prove.campaign", description="Seeded lives of the core.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--within-s", type=float, default=float("inf"), help="stop after so many seconds")
    parser.add_argument("--seed", type=int, help="replay this life only, and tell what happens")
    wanted = parser.parse_args()
    if wanted.seed is not None:
        return replay(wanted.seed)
    started = time.monotonic()
    tally = run(first_seed=wanted.first_seed, runs=wanted.runs, processes=wanted.processes, within_s=wanted.within_s)
    took_s = time.monotonic() - started
    print("\n".join(lines(tally)))
    print(
        f"campaign: {tally.runs} runs in {took_s:.1f} s ({tally.runs / took_s:.0f}/s), {tally.ticks} random ticks, "
        f"{tally.moves} of them in motion, {tally.faults} faults, {len(tally.fouls)} violations"
    )
    return 1 if tally.fouls else 0


if __name__ == "__main__":
    sys.exit(main())
