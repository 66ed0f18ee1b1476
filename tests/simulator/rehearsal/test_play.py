"""Rehearsals: what is played, what holds it, and that a robot in the dark goes nowhere by itself."""

import pytest

from simulator.network.profiles import profiles
from simulator.rehearsal.play import Blackout, Rehearsal, Rehearsed
from teleop_core.show.script import read_script
from teleop_core.wire.messages import CueWord

WALK = '[[marks]]\nname="far"\nx_m=1.5\ny_m=0\n[[cues]]\ntitle="walk"\ndo="move"\nmark="far"\n'
CUES = """
[[cues]]
title = "wave"
do = "sequence"
together = true
steps = [{do = "gesture", gesture = "wave"}, {do = "speak", text = "hello"}, {do = "sound", file = "bell.wav"}]
[[cues]]
title = "talk"
do = "live"
[[cues]]
title = "staff"
do = "wait_for_staff"
[[cues]]
title = "bow"
do = "gesture"
gesture = "bow"
needs = { area_clear = true }
"""
SHOW = f'title = "t"\n{WALK}{CUES}'
HALT_M = 0.5  # of a robot at the pace of the played presenter: the life of a command, the ramp, and the reaction


def rehearse(text: str = SHOW, *, seed: int = 1, link: str | None = None, dark: tuple[float, ...] = ()) -> Rehearsed:
    script = read_script(text.encode(), name="t.toml")
    road = None if link is None else profiles()[link]
    return Rehearsal(script, seed=seed, link=road, blackouts=[Blackout(at_s=at_s, for_s=3.0) for at_s in dark]).run()


def words(done: Rehearsed) -> list[CueWord]:
    return [line.word for line in done.cue_log]


@pytest.mark.parametrize("link", sorted(profiles()))
def test_a_show_comes_to_its_end_over_every_link(link: str) -> None:
    done = rehearse(link=link)

    assert done.ended, done.why
    assert done.path_m > 1.3
    assert not done.falls


@pytest.mark.parametrize("at_s", [2.2, 2.8, 3.4, 6.0, 9.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_dark_the_robot_halts_and_what_was_begun_ends(at_s: float, seed: int) -> None:
    done = rehearse(seed=seed, dark=(at_s,))

    assert done.ended, done.why
    assert done.in_the_dark[0].way_m < HALT_M
    assert set(done.in_the_dark[0].gestures) <= {"idle-alive"}


def test_one_seed_is_one_run_and_another_another() -> None:
    assert rehearse(dark=(3.0,)) == rehearse(dark=(3.0,))
    assert rehearse(seed=1).trace_hash != rehearse(seed=2).trace_hash


def test_a_cue_that_can_never_end_is_named() -> None:
    done = rehearse('title="t"\n[[marks]]\nname="off"\nx_m=30\ny_m=0\n[[cues]]\ntitle="gone"\ndo="move"\nmark="off"\n')

    assert not done.ended
    assert done.why.startswith("cue 1 (gone) did not end")
    assert CueWord.BEGAN in words(done)
