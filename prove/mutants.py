"""Mutates the rules, one small change at a time, and asks the core's own tests to notice.

`python -m prove.mutants` tries all mutants of the rules over two processes and lists those that no test killed;
`prove/survivors.md` says of each why. `--sample N` tries N, evenly spread. A mutant whose tests hang counts as killed.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Final

ROOT: Final = Path(__file__).parent.parent
SURVIVORS: Final = Path(__file__).with_name("survivors.md")
MODULES: Final = ("authority", "stop", "governor", "freshness", "arming", "driving")
COPIED: Final = ("teleop_core", "prove", "tests/teleop_core")
SLOW: Final = ("test_invariants.py", "test_game_of_two.py")
NEEDS_NO_RULES: Final = ("test_codec.py", "test_codegen.py", "test_vectors.py", "test_outbox.py", "test_room.py")
INI: Final = "[pytest]\npythonpath = .\naddopts = --import-mode=importlib -p no:cacheprovider\nfilterwarnings = error\n"
PATIENCE_S: Final = (15, 40, 90)  # for the module's own tests, the others, the slow ones
SWAPPED: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
OTHER_NAME: Final = {"min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in which module, what it reads like, and the whole mutated source."""

    module: str
    what: str
    source: str

    @property
    def name(self) -> str:
        """What the list of survivors calls it; free of line numbers, so that it outlives an edit elsewhere."""
        return f"{self.module}: {self.what}"


def mutants_of(module: str) -> Iterator[Mutant]:
    """Yield every mutant of a module of the core."""
    tree = ast.parse((ROOT / "teleop_core" / f"{module}.py").read_text())
    named: Counter[str] = Counter()
    for node, where in _interesting(tree, "module"):
        for change, undo in _changes(node):
            source = ast.unparse(tree)
            undo()
            what = f"{where}: {change}"
            named[what] += 1
            yield Mutant(module, what if named[what] == 1 else f"{what} ({named[what]})", source)


def _interesting(tree: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield each node that is code, with the name of the function around it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.arg | ast.Import | ast.ImportFrom):
            continue
        inner = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
        if isinstance(child, ast.AnnAssign):
            yield from _in_value(child, inner)
            continue
        if isinstance(child, ast.FunctionDef):
            for statement in child.body:
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    yield statement, inner
                    yield from _interesting(statement, inner)
            continue
        if not (isinstance(tree, ast.ClassDef) and child in tree.decorator_list):
            yield child, inner
            yield from _interesting(child, inner)


def _in_value(assigned: ast.AnnAssign, where: str) -> Iterator[tuple[ast.AST, str]]:
    if assigned.value is not None:
        yield assigned.value, where
        yield from _interesting(assigned.value, where)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """Make each change that fits `node`, in place; the caller looks at the tree, then calls what undoes it."""
    was = ast.unparse(node).splitlines()
    for field, old, new in _replacements(node):
        setattr(node, field, new)
        yield _difference(was, ast.unparse(node).splitlines()), partial(setattr, node, field, old)


def _difference(was: list[str], became: list[str]) -> str:
    """Return the first line that changed, as it was and as it became."""
    for old, new in zip(was, became, strict=False):
        if old != new:
            return f"`{old.strip()}` -> `{new.strip()}`"
    return f"`{was[-1].strip()}` -> nothing"


def _replacements(node: ast.AST) -> Iterator[tuple[str, object, object]]:  # noqa: C901, PLR0912 - one table
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            yield "ops", node.ops, [SWAPPED[type(op)]()]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            yield "op", op, SWAPPED[type(op)]()
        case ast.BoolOp(op=op, values=values):
            yield "op", op, SWAPPED[type(op)]()
            for at in range(len(values)):
                if len(values) > 1:
                    yield "values", values, [*values[:at], *values[at + 1 :]]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operand", operand, ast.UnaryOp(ast.Not(), operand)
        case ast.UnaryOp(op=ast.USub()):
            yield "op", node.op, ast.UAdd()
        case ast.Constant(value=bool() as value):
            yield "value", value, not value
        case ast.Constant(value=int() | float() as value):
            yield "value", value, value + 1
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "test", test, ast.UnaryOp(ast.Not(), test)
        case ast.Name(id=name) if name in OTHER_NAME:
            yield "id", name, OTHER_NAME[name]
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "value", value, ast.Constant(None)
        case _:
            pass
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            yield from _without_one(field, body)


def _without_one(field: str, body: list[ast.stmt]) -> Iterator[tuple[str, object, object]]:
    """Leave out a call, an assignment to an attribute or a deletion."""
    for at, statement in enumerate(body):
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        is_kept = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute)
        if is_call or is_kept or isinstance(statement, ast.Delete | ast.AugAssign):
            yield field, body, [*body[:at], ast.Pass(), *body[at + 1 :]]


def all_mutants() -> list[Mutant]:
    """Return every mutant of the rules."""
    return [mutant for module in MODULES for mutant in mutants_of(module)]


class Yard:
    """Copies of the project in which mutants live, one a worker."""

    def __init__(self, folder: Path, workers: int, tiers: int) -> None:
        self._tiers = tiers
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            copied = folder / f"yard-{number}"
            for name in COPIED:
                source, target = ROOT / name, copied / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if source.is_dir():
                    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, target)
            (copied / "pytest.ini").write_text(INI)
            self._free.put(copied)

    def survives(self, mutant: Mutant) -> bool:
        """Return whether all tests pass with `mutant` in the core."""
        folder = self._free.get()
        path = folder / "teleop_core" / f"{mutant.module}.py"
        kept = path.read_text()
        try:
            path.write_text(mutant.source)
            tiers = list(zip(_tests_for(mutant.module), PATIENCE_S, strict=True))[: self._tiers]
            return all(_pass(folder, tests, patience_s=patience_s) for tests, patience_s in tiers)
        finally:
            path.write_text(kept)
            self._free.put(folder)


def _tests_for(module: str) -> tuple[tuple[str, ...], ...]:
    """Return the tests in the order in which they kill soonest: the module's own, the others, the slow ones."""
    own = f"test_{module}.py"
    left_out = [f"--ignore=tests/teleop_core/{name}" for name in (own, *SLOW, *NEEDS_NO_RULES)]
    slow = [f"tests/teleop_core/{name}" for name in SLOW]
    return (f"tests/teleop_core/{own}",), ("tests/teleop_core", *left_out), tuple(slow)


def _pass(folder: Path, tests: tuple[str, ...], *, patience_s: float) -> bool:
    command = (sys.executable, "-B", "-m", "pytest", "-q", "-x", "--tb=no", *tests)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=patience_s, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survivors_among(
    mutants: list[Mutant], *, workers: int, within_s: float = float("inf"), tiers: int = 3
) -> tuple[int, list[Mutant]]:
    """Return how many mutants were tried within the time given, and those of them that no test killed.

    `tiers` is how many of the three groups of tests are used; the third is slow.

    Raises:
        RuntimeError: the tests fail without any mutant, so that they could say nothing.

    """
    ends = time.monotonic() + within_s
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(workers) as pool:
        yard = Yard(Path(folder), workers, tiers)
        whole = Mutant("stop", "nothing changed", (ROOT / "teleop_core" / "stop.py").read_text())
        if not yard.survives(whole):
            raise RuntimeError("the core's tests fail without any mutant")

        def fate(mutant: Mutant) -> bool | None:
            lives = None if time.monotonic() >= ends else yard.survives(mutant)
            if lives:
                print(f"    alive: {mutant.name}", file=sys.stderr, flush=True)
            return lives

        fates = list(zip(mutants, pool.map(fate, mutants), strict=True))
    return sum(lives is not None for _, lives in fates), [mutant for mutant, lives in fates if lives]


def explained() -> set[str]:
    """Return the names of the mutants that `survivors.md` explains."""
    if not SURVIVORS.exists():
        return set()
    return {line.removeprefix("- ").strip() for line in SURVIVORS.read_text().splitlines() if line.startswith("- ")}


def main() -> int:
    """Try mutants, and list the survivors; fail when one of them is not explained."""
    parser = argparse.ArgumentParser(prog="python -m prove.mutants", description="Do the tests notice a changed rule?")
    parser.add_argument("--sample", type=int, help="try only so many, evenly spread")
    parser.add_argument("--module", choices=MODULES)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    mutants = [each for each in all_mutants() if wanted.module in {None, each.module}]
    if wanted.sample is not None:
        mutants = sample(mutants, wanted.sample)
    tried, lives = survivors_among(mutants, workers=wanted.workers)
    known = explained()
    unexplained = [each for each in lives if each.name not in known]
    for each in lives:
        print(f"{'explained' if each.name in known else 'SURVIVED '}  {each.name}")
    print(f"mutants: {tried} tried, {tried - len(lives)} killed, {len(unexplained)} unexplained survivors")
    return 1 if unexplained else 0


def sample(mutants: list[Mutant], count: int) -> list[Mutant]:
    """Return `count` of them, evenly spread."""
    return mutants[:: max(1, len(mutants) // count)][:count]


if __name__ == "__main__":
    sys.exit(main())
