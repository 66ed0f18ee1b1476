"""The fault matrix: its size, and a slice of it."""

from prove import fault_matrix, faults
from prove.foul import Foul
from prove.phases import ORDER


def test_the_matrix_is_as_large_as_promised() -> None:
    assert len(faults.FAULTS) >= 32
    assert len(ORDER) == 11
    assert len(faults.GRAVEST) == 12
    assert len({fault.name for fault in faults.FAULTS}) == len(faults.FAULTS)
    assert len(list(fault_matrix.cells())) == (len(faults.FAULTS) + 66) * 11


def test_no_cell_of_the_slice_breaks_a_rule() -> None:
    played, fouls = fault_matrix.run(seeds=range(7, 8), share=0.1)

    assert fouls == []
    assert played > 60


def test_every_fault_is_played_once_while_driving() -> None:
    for cell in fault_matrix.cells():
        breaking, phase = cell
        if len(breaking) == 1 and phase.value == "driving full":
            try:
                fault_matrix.play(cell, seed=1)
            except Foul as foul:
                raise AssertionError(f"{breaking[0].name}: {foul}") from foul
