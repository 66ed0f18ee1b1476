"""`python -m prove.fault_matrix`: every fault in every phase, and each pair of the gravest twelve, referee watching."""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

from prove.faults import FAULTS, GRAVEST, Fault
from prove.foul import Foul
from prove.people import ANNA, BO, STAFF
from prove.phases import ORDER, Phase, bring_to, heal, must_drive_again
from prove.world import Stage, World
from teleop_core.timebase import ms, seconds

WAITED_NS: Final = seconds(2.2)
STEP_NS: Final = ms(40)

Cell = tuple[tuple[Fault, ...], Phase]


def cells() -> Iterator[Cell]:
    """Yield each fault in each phase, then all pairs of the gravest in each phase."""
    for fault in FAULTS:
        for phase in ORDER:
            yield (fault,), phase
    for pair in combinations(GRAVEST, 2):
        for phase in ORDER:
            yield pair, phase


def play(cell: Cell, *, seed: int, tell: Callable[[str], None] | None = None) -> int:
    """Let a cell's faults come and go while everybody goes on, and then drive again; return how many ticks moved.

    Raises:
        Foul: an invariant broke, or the robot could not be driven again when all was well.

    """
    breaking, phase = cell
    world = World(random.Random(f"{seed}"), Stage(), tell=tell)
    bring_to(world, phase)
    broken = []
    for fault in breaking:
        world.say(f"fault: {fault.name}")
        broken.append((fault, fault.begin(world)))
        if len(breaking) > 1:
            _go_on(world, world.rng.randrange(ms(400)))
    _go_on(world, WAITED_NS)
    if world.rng.random() < 0.5:
        for fault, what in reversed(broken):
            world.say(f"over: {fault.name}")
            fault.end(world, what)
        _go_on(world, WAITED_NS // 2)
    heal(world)
    must_drive_again(world)
    return world.moves + world.referee.moves


def _go_on(world: World, for_ns: int) -> None:
    """Let everybody do what they would: drive, ask again, clear the latch."""
    until_ns = world.now_ns + for_ns
    anna, staff = world.people[ANNA.id], world.people[STAFF.id]
    while world.now_ns < until_ns:
        for each in (anna, world.people.get(BO.id, anna)):
            if each.is_here and not each.is_frozen:
                each.follow_habit(now_ns=world.now_ns)
        staff.keep_it_clear(now_ns=world.now_ns)
        world.tick(STEP_NS)


def run(*, seeds: range, share: float = 1.0) -> tuple[int, list[str]]:
    """Play `share` of all cells with each seed; return how many were played, and each foul with what replays it."""
    played, fouls = 0, []
    everything = list(cells())
    for seed in seeds:
        for number, cell in enumerate(everything):
            if share < 1.0 and random.Random(f"{seed} {number}").random() >= share:
                continue
            played += 1
            try:
                play(cell, seed=seed)
            except (Foul, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as exc:
                names = " + ".join(fault.name for fault in cell[0])
                fouls.append(
                    f"python -m prove.fault_matrix --cell {number} --seed {seed}  # {names}, {cell[1].value}: {exc}"
                )
    return played, fouls


def main() -> int:
    """Play the matrix, or one cell of it and tell everything."""
    parser = argparse.ArgumentParser(prog="python -m prove.fault_matrix", description="Play the fault matrix.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed")
    parser.add_argument("--cell", type=int, help="play this cell only, and tell what happens")
    wanted = parser.parse_args()
    if wanted.cell is not None:
        play(list(cells())[wanted.cell], seed=wanted.seed, tell=print)
        return 0
    played, fouls = run(seeds=range(wanted.seed, wanted.seed + wanted.seeds))
    print("\n".join(fouls))
    print(f"faults: {len(FAULTS)} faults x {len(ORDER)} phases and pairs, {played} cells, {len(fouls)} violations")
    return 1 if fouls else 0


if __name__ == "__main__":
    sys.exit(main())
