"""Runs of houses from seeds: some seconds each, with troubles in them, and now and then a look whether all recovers."""

import asyncio
import gc
import logging
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import structlog

from prove.clock import name_of_running, run_virtually
from prove.shells.house import House, Told
from prove.shells.troubles import Cure, some_trouble

BATCH: Final = 10
CALM_S: Final = 1.4  # before the troubles, in a house that does not wait until somebody drives
DRIVES_WITHIN_S: Final = 2.5
DRIVES_FIRST_SHARE: Final = 0.75
TROUBLED_S: Final = (0.8, 3.0)
MOST_TROUBLES: Final = 5
RECOVERS_SHARE: Final = 0.1


def live(seed: int, *, tell: Callable[[str], None] | None = None) -> Told:
    """Play the house of `seed` in virtual time; raises `Foul` when a rule breaks, and whatever a task raises."""
    with logs_to(tell):
        return run_virtually(_play(random.Random(f"shells {seed}"), tell))


async def _play(rng: random.Random, tell: Callable[[str], None] | None) -> Told:
    loop = asyncio.get_running_loop()

    def tell_when(line: str) -> None:
        if tell is not None:
            tell(f"{loop.time():10.4f}  {name_of_running():<9} {line}")

    house = House(rng, tell=tell_when)
    try:
        house.open()
        if rng.random() < DRIVES_FIRST_SHARE:
            await house.pass_time(DRIVES_WITHIN_S, until=lambda: house.judge.moves > 0)
        else:
            await house.pass_time(CALM_S * rng.random())
        await _befall(house)
        if rng.random() < RECOVERS_SHARE:
            house.tell("all is well again")
            await house.must_drive_again()
        return house.told
    finally:
        await house.close()


async def _befall(house: House) -> None:
    """Let troubles come and go for a while, and cure what is left of them."""
    rng, loop = house.rng, house.loop
    ends_s = loop.time() + rng.uniform(*TROUBLED_S)
    begins_s = sorted(rng.uniform(loop.time(), ends_s) for _ in range(1 + int(rng.random() * MOST_TROUBLES)))
    cures: list[tuple[float, str, Cure]] = []
    while begins_s or cures:
        next_s = min([*begins_s[:1], *(at_s for at_s, _, _ in cures)])
        await house.pass_time(min(next_s, ends_s) - loop.time())
        if begins_s and begins_s[0] <= next_s:
            begins_s.pop(0)
            trouble = some_trouble(rng)
            house.tell(f"trouble: {trouble.name}")
            cure = trouble.begin(house)
            cures.append((loop.time() + rng.uniform(trouble.shortest_s, trouble.longest_s), trouble.name, cure))
            continue
        _, name, cure = cures.pop(min(range(len(cures)), key=lambda at: cures[at][0]))
        house.tell(f"over: {name}")
        cure()
    await house.pass_time(ends_s - loop.time())


@contextmanager
def logs_to(tell: Callable[[str], None] | None) -> Iterator[None]:
    """Have what the shells log told with the time and whose it is, or dropped."""
    before = structlog.get_config() if structlog.is_configured() else None

    def tell_line(_: object, __: str, event: Any) -> str:  # noqa: ANN401 - what structlog hands on
        if tell is not None:
            words = " ".join(f"{key}={value!r}" for key, value in event.items() if key != "event")
            tell(f"{asyncio.get_running_loop().time():10.4f}  {name_of_running():<9} log: {event['event']} {words}")
        raise structlog.DropEvent

    level = logging.NOTSET if tell is not None else logging.CRITICAL
    structlog.configure(processors=[tell_line], wrapper_class=structlog.make_filtering_bound_logger(level))
    try:
        yield
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)


def _live_some(seeds: range, ends: float) -> tuple[int, int, list[str]]:
    ran, moves, fouls = 0, 0, []
    for seed in seeds:
        if time.monotonic() >= ends:
            break
        ran += 1
        try:
            moves += live(seed).moves
        except (Exception, BaseExceptionGroup) as exc:  # noqa: BLE001 - whatever a shell raises is a counterexample
            fouls.append(f"python -m prove.shells --seed {seed}  # {first_of(exc)!r}")
    return ran, moves, fouls


def _collect_seldom() -> None:
    """Have a worker collect garbage seldom: a run leaves little of it."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def first_of(exc: BaseException) -> BaseException:
    """Return the first of what a group holds, or what is no group."""
    return first_of(exc.exceptions[0]) if isinstance(exc, BaseExceptionGroup) else exc


def run(*, runs: int, processes: int, within_s: float = float("inf"), first_seed: int = 0) -> tuple[int, list[str]]:
    """Play so many houses, or as many as fit into the time; return how many, and the fouls."""
    ends, last = time.monotonic() + within_s, first_seed + runs
    batches = [range(at, min(at + BATCH, last)) for at in range(first_seed, last, BATCH)]
    ran, moves, fouls = 0, 0, []
    with ProcessPoolExecutor(processes, initializer=_collect_seldom) as pool:
        for some, moved, broken in pool.map(_live_some, batches, [ends] * len(batches)):
            ran, moves = ran + some, moves + moved
            fouls += broken
    if ran and not moves:
        fouls.append("shells: nothing ever moved, so nothing was shown")
    return ran, fouls
