"""The plan of the stage: its floor, and the part of it that a robot is to keep to."""

from itertools import pairwise

from simulator.layout import Area, StageLayout
from simulator.rig import KEEP_OFF_M


def test_what_is_inset_lies_inside_by_as_much_on_every_side() -> None:
    assert Area(-2.0, 4.0, -5.0, 5.0).inset(0.5) == Area(-1.5, 3.5, -4.5, 4.5)


def test_the_corners_go_around() -> None:
    corners = Area(-2.0, 4.0, -5.0, 5.0).corners

    assert len(set(corners)) == 4
    assert all((ax == bx) != (ay == by) for (ax, ay), (bx, by) in pairwise((*corners, corners[0])))


def test_a_robot_that_keeps_off_the_edges_is_on_the_stage_with_all_of_its_body() -> None:
    layout = StageLayout()
    kept = layout.floor.inset(KEEP_OFF_M)

    assert all(layout.floor.inset(0.25).contains(*corner) for corner in kept.corners)
    assert kept.contains(0.0, 0.0)
