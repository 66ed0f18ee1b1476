"""The mutator: its mutants are code that differs, and every explained survivor is still a mutant."""

import ast

from prove import mutants


def test_each_mutant_is_code_and_none_is_the_original() -> None:
    everything = mutants.all_mutants()

    assert len(everything) > 400
    for mutant in everything:
        ast.parse(mutant.source)
    originals = {
        ast.unparse(ast.parse((mutants.ROOT / "teleop_core" / f"{name}.py").read_text())) for name in mutants.MODULES
    }
    assert not originals & {mutant.source for mutant in everything}


def test_names_of_mutants_are_told_apart() -> None:
    names = [mutant.name for mutant in mutants.all_mutants()]

    assert len(set(names)) == len(names)


def test_every_explained_survivor_is_still_a_mutant() -> None:
    assert mutants.explained() <= {mutant.name for mutant in mutants.all_mutants()}


def test_a_sample_is_evenly_spread() -> None:
    everything = mutants.all_mutants()

    assert len({mutant.module for mutant in mutants.sample(everything, 30)}) >= 4
