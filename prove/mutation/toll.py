"""What becomes of mutants when the core's tests are asked about each."""

import asyncio
import math
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prove.mutation.changes import Mutant, blatant, unchanged
from prove.mutation.trial import End, Outcome
from prove.mutation.yard import TESTS, Yard, open_yard

SLOWER: Final = 8  # a test hangs when it uses so many times the processor time that it takes without a mutant,
LEEWAY_S: Final = 5  # and so much more
WITHOUT_A_MUTANT_S: Final = 600
SLOW_S: Final = 2  # of processor time


@dataclass(slots=True)
class Toll:
    """What became of the mutants, by name; one without a verdict when time was up is in none of these.

    `killed` tells the module of tests that killed it, `unclear` what went wrong.
    """

    killed: dict[str, str] = field(default_factory=dict)
    alive: list[str] = field(default_factory=list)
    unclear: dict[str, str] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How many were tried to the end."""
        return len(self.killed) + len(self.alive) + len(self.unclear)

    def tells(self, mutant: Mutant) -> bool:
        """Return whether `mutant` was tried to the end."""
        return mutant.name in self.killed or mutant.name in self.alive or mutant.name in self.unclear

    def faults(self, explained: Iterable[str]) -> list[str]:
        """Return what is wrong, when `explained` are the mutants of which it is known that no test can kill them."""
        known = set(explained)
        wrongly = sorted(known.intersection(self.killed))
        return [
            *(f"mutant survived: {name}" for name in self.alive if name not in known),
            *(f"mutant explained, yet killed by {self.killed[name]}: {name}" for name in wrongly),
            *(f"mutant unclear, {why}: {name}" for name, why in self.unclear.items()),
        ]


def toll_of(
    mutants: list[Mutant],
    *,
    root: Path,
    rules: Mapping[str, str],
    processes: int,
    within_s: float | None = None,
    spared: Collection[str] = (),
) -> Toll:
    """Try `mutants` on the tests of the project at `root`: first on their module's own tests, then on the others.

    `rules` are the modules that are mutated, with their source. `spared` are the names of mutants that are not tried on
    modules of tests that take longer than `SLOW_S`.

    Raises:
        RuntimeError: the tests fail without a mutant, or pass though no function works, so that they say nothing.

    """
    toll = Toll()

    async def fill() -> None:
        async with asyncio.timeout(within_s), open_yard(root, processes=processes) as yard:
            await _Jury(yard, rules, toll, lanes=processes, spared=frozenset(spared)).try_all(mutants)

    with suppress(TimeoutError):
        asyncio.run(fill())
    return toll


class _Jury:
    """The tests, who know how long they take and which rules they look at."""

    def __init__(self, yard: Yard, rules: Mapping[str, str], toll: Toll, *, lanes: int, spared: frozenset[str]) -> None:
        self._yard = yard
        self._rules = rules
        self._toll = toll
        self._lanes = asyncio.Semaphore(lanes)
        self._spared = spared
        self._plain: dict[str, Outcome] = {}

    async def try_all(self, mutants: list[Mutant]) -> None:
        modules = sorted({mutant.module for mutant in mutants})
        outlived = await asyncio.gather(*(self._outlive_their_own(module, mutants) for module in modules))
        alive = [mutant for mutant in mutants if any(mutant in some for some in outlived)]
        if alive:
            await self._pass_without_a_mutant([test for test in self._yard.tests() if test not in self._plain])
            await asyncio.gather(*map(self._try_on_the_others, alive))

    async def _outlive_their_own(self, module: str, mutants: list[Mutant]) -> list[Mutant]:
        """Return those of `module` whom its own tests, after they have shown what they are worth, do not notice."""
        own = _own(module)
        async with self._lanes:
            await self._pass_without_a_mutant([own])
            await self._notice_the_blatant(module)
            concerned = [mutant for mutant in mutants if mutant.module == module]
            lives = await asyncio.gather(*(self._is_outlived_by(mutant, [own]) for mutant in concerned))
        return [mutant for mutant, lives_on in zip(concerned, lives, strict=True) if lives_on]

    async def _pass_without_a_mutant(self, tests: list[str]) -> None:
        """Run `tests` on the rules as they are, all of them put in place as a mutant is.

        A module of tests that loads none of the rules has no say, whether it passes here or not.
        """
        whole = {module: unchanged(source) for module, source in self._rules.items()}
        outcomes = await asyncio.gather(*(self._yard.run(test, whole, cpu_s=WITHOUT_A_MUTANT_S) for test in tests))
        for test, outcome in zip(tests, outcomes, strict=True):
            if outcome.end is not End.PASSED and (test in map(_own, self._rules) or outcome.loaded & whole.keys()):
                raise RuntimeError(f"{test}: expected to pass without a mutant, got: {outcome.end.value} {outcome.why}")
            self._plain[test] = outcome

    async def _notice_the_blatant(self, module: str) -> None:
        outcome = await self._run(_own(module), module, blatant(self._rules[module]))
        if outcome.end not in {End.FAILED, End.RAISED}:
            got = f"{outcome.end.value} {outcome.why}"
            raise RuntimeError(f"{_own(module)}: expected to fail when no function works, got: {got}")

    async def _try_on_the_others(self, mutant: Mutant) -> None:
        others = [
            test
            for test, plain in sorted(self._plain.items(), key=lambda item: item[1].cpu_s)
            if test != _own(mutant.module)
            and mutant.module in plain.loaded
            and not (mutant.name in self._spared and plain.cpu_s > SLOW_S)
        ]
        if await self._is_outlived_by(mutant, others):
            self._toll.alive.append(mutant.name)

    async def _is_outlived_by(self, mutant: Mutant, tests: list[str]) -> bool:
        """Return whether all `tests` pass with `mutant` in place; note what becomes of it when they do not."""
        for test in tests:
            outcome = await self._run(test, mutant.module, mutant.source)
            if outcome.end is End.ODD:
                self._toll.unclear[mutant.name] = f"{test}: {outcome.why}"
                return False
            if outcome.end is not End.PASSED:
                self._toll.killed[mutant.name] = test
                return False
        return True

    async def _run(self, test: str, module: str, source: str) -> Outcome:
        cpu_s = math.ceil(self._plain[test].cpu_s * SLOWER + LEEWAY_S)
        return await self._yard.run(test, {module: source}, cpu_s=cpu_s)


def _own(module: str) -> str:
    return f"{TESTS}/test_{module}.py"
