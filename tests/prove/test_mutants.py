"""The mutator and its jury: mutants are code that differs, a kill is a kill, and what says nothing is told apart."""

import ast
import asyncio
import shutil
from pathlib import Path
from typing import Final

import pytest

from prove import mutants
from prove.mutation.changes import blatant, mutants_of, unchanged
from prove.mutation.toll import Toll, toll_of
from prove.mutation.trial import End
from prove.mutation.yard import open_yard

RULE: Final = """
from teleop_core.other import TWO

def double(n):
    return n * TWO

def seldom(n):
    return n + 1

def untold(n):
    return n - 1
"""
TESTS: Final = {
    "test_rule.py": """
from teleop_core.rule import double

def test_double():
    assert double(3) == 6
""",
    "test_session.py": """
from teleop_core.rule import seldom

def test_seldom():
    assert seldom(1) == 2
""",
    "test_other.py": """
from teleop_core.other import TWO

def test_two():
    assert TWO == 3, "wrong, and no matter: it looks at no rule"
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one rule, tests of it, and what tries mutants."""
    (tmp_path / "teleop_core").mkdir()
    (tmp_path / "teleop_core" / "__init__.py").touch()
    (tmp_path / "teleop_core" / "other.py").write_text("TWO = 2\n")
    (tmp_path / "teleop_core" / "rule.py").write_text(RULE)
    (tmp_path / "tests" / "teleop_core").mkdir(parents=True)
    for name, test in TESTS.items():
        (tmp_path / "tests" / "teleop_core" / name).write_text(test)
    (tmp_path / "prove").mkdir()
    shutil.copy(mutants.ROOT / "prove" / "__init__.py", tmp_path / "prove")
    shutil.copytree(mutants.ROOT / "prove" / "mutation", tmp_path / "prove" / "mutation")
    return tmp_path


def ends(project: Path, *trials: tuple[str, str], cpu_s: int = 30) -> list[End]:
    """Run modules of tests with a source in the place of the rule, one after another, and return how each ended."""

    async def run() -> list[End]:
        async with open_yard(project, processes=1) as yard:
            return [
                (await yard.run(f"tests/teleop_core/{test}", {"rule": source}, cpu_s=cpu_s)).end
                for test, source in trials
            ]

    return asyncio.run(run())


def ends_of_own(project: Path, *sources: str, cpu_s: int = 30) -> list[End]:
    return ends(project, *(("test_rule.py", source) for source in sources), cpu_s=cpu_s)


# --- The mutants ---


def test_each_mutant_is_code_and_none_is_the_original() -> None:
    everything = mutants.all_mutants()
    sources = {mutant.source for mutant in mutants.sample(everything, 100)}

    assert len(everything) > 400
    for source in sources:
        ast.parse(source)
    assert not sources & {unchanged(source) for source in mutants.rules().values()}


def test_a_mutant_bears_its_own_change_alone_whenever_it_is_read() -> None:
    some = list(mutants_of("rule", RULE))

    assert [mutant.source for mutant in reversed(some)] == [mutant.source for mutant in some][::-1]
    assert len({mutant.source for mutant in some}) == len(some)


def test_names_of_mutants_are_told_apart() -> None:
    names = [mutant.name for mutant in mutants.all_mutants()]

    assert len(set(names)) == len(names)


def test_every_explained_survivor_is_still_a_mutant() -> None:
    assert mutants.explained() <= {mutant.name for mutant in mutants.all_mutants()}


def test_a_sample_is_evenly_spread() -> None:
    everything = mutants.all_mutants()

    assert len({mutant.module for mutant in mutants.sample(everything, 30)}) >= 4


# --- One trial ---


def test_a_trial_sees_what_stands_in_the_place_of_the_rule_and_nothing_else(project: Path) -> None:
    wrong = RULE.replace("n * TWO", "n / TWO")
    unlike = f"{RULE}\nraise ValueError"

    ended = ends_of_own(project, RULE, wrong, RULE, unlike, blatant(RULE), RULE)

    assert ended == [End.PASSED, End.FAILED, End.PASSED, End.RAISED, End.FAILED, End.PASSED]


def test_a_loop_without_end_is_a_hang_and_memory_has_an_end_and_the_next_trial_goes_on(project: Path) -> None:
    for_ever = RULE.replace("return n * TWO", "while True: n += 1")
    vast = RULE.replace("return n * TWO", "return n * TWO + 0 * len(bytearray(1 << 40))")

    assert ends_of_own(project, for_ever, vast, RULE, cpu_s=1) == [End.HUNG, End.FAILED, End.PASSED]


def test_tests_that_cannot_run_say_nothing_about_a_rule_that_can_be_imported(project: Path) -> None:
    (project / "tests" / "teleop_core" / "test_broken.py").write_text("import teleop_core.rule\nimport nowhere\n")
    (project / "tests" / "teleop_core" / "test_empty.py").write_text("import teleop_core.rule\n")
    leaves = RULE.replace("return n * TWO", "import os; os._exit(1)")

    (project / "tests" / "teleop_core" / "test_early.py").write_text(
        "from teleop_core.rule import double\nSIX = double(3)\ndef test_six(): assert SIX == 6\n"
    )
    broken = RULE.replace("return n * TWO", "return None / TWO")

    without_a_say = ("test_broken.py", "test_empty.py", "test_missing.py")
    assert set(ends(project, *((test, RULE) for test in without_a_say))) == {End.ODD}
    assert set(ends_of_own(project, leaves, "nor is this Python")) == {End.ODD}
    assert ends(project, ("test_early.py", RULE), ("test_early.py", broken)) == [End.PASSED, End.RAISED]


# --- All of them ---


def test_each_mutant_is_tried_on_its_own_tests_and_then_on_all_that_look_at_it(project: Path) -> None:
    toll = toll_of(list(mutants_of("rule", RULE)), root=project, rules={"rule": RULE}, processes=2)

    by_own, by_others = "tests/teleop_core/test_rule.py", "tests/teleop_core/test_session.py"
    assert toll.killed == {
        "rule: double: `return n * TWO` -> `return None`": by_own,
        "rule: double: `n * TWO` -> `n / TWO`": by_own,
        "rule: seldom: `return n + 1` -> `return None`": by_others,
        "rule: seldom: `n + 1` -> `n - 1`": by_others,
        "rule: seldom: `1` -> `2`": by_others,
    }
    assert sorted(toll.alive) == [
        "rule: untold: `1` -> `2`",
        "rule: untold: `n - 1` -> `n + 1`",
        "rule: untold: `return n - 1` -> `return None`",
    ]
    assert (toll.tried, toll.unclear) == (8, {})


def test_a_mutant_that_is_spared_is_not_tried_on_slow_tests(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prove.mutation.toll.SLOW_S", 0)
    spared = {"rule: double: `n * TWO` -> `n / TWO`", "rule: seldom: `n + 1` -> `n - 1`"}

    toll = toll_of(list(mutants_of("rule", RULE)), root=project, rules={"rule": RULE}, processes=1, spared=spared)

    assert spared.intersection(toll.killed) == {"rule: double: `n * TWO` -> `n / TWO`"}
    assert spared.intersection(toll.alive) == {"rule: seldom: `n + 1` -> `n - 1`"}
    assert "rule: seldom: `1` -> `2`" in toll.killed


@pytest.mark.parametrize("test", ["test_rule.py", "test_session.py"])
def test_tests_that_fail_without_a_mutant_judge_nobody(project: Path, test: str) -> None:
    with (project / "tests" / "teleop_core" / test).open("a") as file:
        file.write("\ndef test_wrong():\n    assert False\n")

    with pytest.raises(RuntimeError, match=f"{test}: expected to pass without a mutant, got: failed"):
        toll_of(list(mutants_of("rule", RULE)), root=project, rules={"rule": RULE}, processes=1)


def test_tests_that_do_not_notice_that_no_function_works_judge_nobody(project: Path) -> None:
    (project / "tests" / "teleop_core" / "test_rule.py").write_text("import teleop_core.rule\ndef test_it(): pass\n")

    with pytest.raises(RuntimeError, match=r"test_rule.py: expected to fail when no function works, got: passed"):
        toll_of(list(mutants_of("rule", RULE)), root=project, rules={"rule": RULE}, processes=1)


def test_when_time_is_up_a_mutant_without_a_verdict_is_not_among_those_that_were_tried(project: Path) -> None:
    (project / "tests" / "teleop_core" / "test_session.py").write_text(
        "import time, teleop_core.rule\ndef test_it(): time.sleep(60)\n"
    )
    some = list(mutants_of("rule", RULE))

    toll = toll_of(some, root=project, rules={"rule": RULE}, processes=1, within_s=6.0)

    assert toll.alive == []
    assert [mutant.name for mutant in some if toll.tells(mutant)] == list(toll.killed)


def test_what_is_wrong_is_told_and_what_is_explained_is_not() -> None:
    toll = Toll(killed={"a": "test_a.py", "b": "test_b.py"}, alive=["c", "d"], unclear={"e": "out of memory"})

    assert toll.faults({"b", "c"}) == [
        "mutant survived: d",
        "mutant explained, yet killed by test_b.py: b",
        "mutant unclear, out of memory: e",
    ]


def test_the_real_tests_kill_a_real_mutant() -> None:
    some = [mutant for mutant in mutants.all_mutants() if mutant.module == "arming"]

    toll = mutants.toll(mutants.sample(some, 3)[:1], processes=1, spare_explained=True)

    assert len(toll.killed) == 1
