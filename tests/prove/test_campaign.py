"""A slice of the campaign, and what it must be able to do: replay a life exactly, and find what was planted."""

import pytest

from prove import campaign, planted
from prove.foul import Foul, require
from prove.life import live
from prove.planted import BUGS, Planted

LIVES = 300


def test_no_life_of_the_slice_breaks_a_rule() -> None:
    tally = campaign.live_all(range(LIVES))

    assert list(campaign.lines(tally)) == []
    assert tally.runs == LIVES
    assert tally.moves > LIVES, "too little motion to say anything"
    assert tally.faults > LIVES / 4, "too little trouble to say anything"


def test_a_life_that_is_replayed_and_told_is_the_same_life() -> None:
    for seed in range(20):
        told: list[str] = []
        assert live(seed, tell=told.append) == live(seed)
        assert told[0].startswith(f"seed {seed}: ")


def test_a_counterexample_is_one_line_that_replays() -> None:
    bug = next(bug for bug in BUGS if bug.name == "one neutral command is enough")
    with planted.planted(bug):
        tally = campaign.live_all(range(30))
        line = next(campaign.lines(tally))
        seed = int(line.split("--seed ")[1].split()[0])

        with pytest.raises(Foul):
            live(seed)
    live(seed)


def test_more_than_twenty_counterexamples_are_counted_and_not_all_shown() -> None:
    lines = list(campaign.lines(campaign.Tally(fouls=dict.fromkeys(range(25), "foul"))))

    assert len(lines) == 21
    assert lines[-1] == "... and 5 more"


def test_a_batch_that_comes_too_late_lives_nothing() -> None:
    assert campaign.live_batch(campaign.Batch(range(10), ends=0.0)).runs == 0


def test_a_campaign_over_two_processes_lives_every_seed_once() -> None:
    assert campaign.run(first_seed=0, runs=60, processes=2).runs == 60


@pytest.mark.timeout(300)  # the rarest is found after thousands of lives
@pytest.mark.parametrize("bug", BUGS[:10], ids=lambda bug: bug.name)
def test_the_campaign_finds_a_planted_bug(bug: Planted) -> None:
    assert planted.find(bug) is not None


def test_a_planted_bug_is_taken_out_again() -> None:
    with planted.planted(BUGS[0]):
        pass

    live(33)


def test_a_referee_cries_foul_even_without_assertions() -> None:
    require(is_so=True, foul="nothing")
    with pytest.raises(Foul, match="seen"):
        require(is_so=False, foul="seen")
