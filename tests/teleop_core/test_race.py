"""Which road won, how often, and by how much."""

import pytest

from teleop_core.race import MAX_RUNS, WINDOW_NS, Race
from teleop_core.timebase import ms
from teleop_core.wire.messages import Road, RoadRace


@pytest.fixture
def race() -> Race:
    return Race()


def test_without_a_command_nobody_won(race: Race) -> None:
    assert race.standings(now_ns=0) == ()


def test_each_road_has_its_wins_and_the_median_of_its_leads(race: Race) -> None:
    for seq, lead_ms in enumerate((4, 90, 6)):
        race.won(seq, Road.DIRECT, now_ns=ms(20 * seq))
        race.followed(seq, Road.BRIDGE, now_ns=ms(20 * seq + lead_ms))
    race.won(3, Road.BRIDGE, now_ns=ms(60))
    race.followed(3, Road.DIRECT, now_ns=ms(62.5))

    assert race.standings(now_ns=ms(200)) == (
        RoadRace(road=Road.BRIDGE, won=1, lead_ms=2.5),
        RoadRace(road=Road.DIRECT, won=3, lead_ms=6.0),
    )


def test_of_an_even_number_of_leads_the_middle_two_count(race: Race) -> None:
    for seq, lead_ms in enumerate((1, 2)):
        race.won(seq, Road.DIRECT, now_ns=0)
        race.followed(seq, Road.BRIDGE, now_ns=ms(lead_ms))

    assert race.standings(now_ns=0) == (RoadRace(road=Road.DIRECT, won=2, lead_ms=1.5),)


def test_a_road_that_runs_alone_has_no_lead(race: Race) -> None:
    race.won(1, Road.BRIDGE, now_ns=0)

    assert race.standings(now_ns=0) == (RoadRace(road=Road.BRIDGE, won=1, lead_ms=None),)


def test_the_lead_is_over_another_road_and_its_first_copy(race: Race) -> None:
    race.won(1, Road.DIRECT, now_ns=0)
    race.followed(1, Road.DIRECT, now_ns=ms(1))
    race.followed(1, Road.BRIDGE, now_ns=ms(3))
    race.followed(1, Road.LOCAL, now_ns=ms(7))

    assert race.standings(now_ns=ms(10)) == (RoadRace(road=Road.DIRECT, won=1, lead_ms=3.0),)


def test_a_copy_of_what_never_counted_is_nothing(race: Race) -> None:
    race.followed(1, Road.DIRECT, now_ns=0)

    assert race.standings(now_ns=0) == ()


def test_a_command_leaves_the_window_after_its_time(race: Race) -> None:
    race.won(1, Road.BRIDGE, now_ns=0)
    race.won(2, Road.DIRECT, now_ns=ms(1))

    assert len(race.standings(now_ns=WINDOW_NS - 1)) == 2
    assert race.standings(now_ns=WINDOW_NS) == (RoadRace(road=Road.DIRECT, won=1, lead_ms=None),)
    race.followed(1, Road.DIRECT, now_ns=WINDOW_NS)
    assert race.standings(now_ns=WINDOW_NS) == (RoadRace(road=Road.DIRECT, won=1, lead_ms=None),)


def test_a_flood_pushes_the_oldest_out(race: Race) -> None:
    race.won(0, Road.BRIDGE, now_ns=0)
    for seq in range(1, MAX_RUNS):
        race.won(seq, Road.DIRECT, now_ns=0)
    assert [each.won for each in race.standings(now_ns=0)] == [1, MAX_RUNS - 1]

    race.won(MAX_RUNS, Road.DIRECT, now_ns=0)

    assert race.standings(now_ns=0) == (RoadRace(road=Road.DIRECT, won=MAX_RUNS, lead_ms=None),)


def test_a_new_driver_starts_from_nothing(race: Race) -> None:
    race.won(1, Road.DIRECT, now_ns=0)
    race.begin()

    assert race.standings(now_ns=0) == ()
    race.followed(1, Road.BRIDGE, now_ns=0)
    race.won(1, Road.BRIDGE, now_ns=ms(1))
    assert race.standings(now_ns=ms(1)) == (RoadRace(road=Road.BRIDGE, won=1, lead_ms=None),)
