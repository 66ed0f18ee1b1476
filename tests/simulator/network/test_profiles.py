"""The profiles are what their words and notes say."""

import re

import pytest

from simulator.network.profiles import Profile, profile, profiles
from teleop_core.errors import ConfigError

PROMISED = ("fibre", "hangzhou-chongqing", "lisbon", "5g", "venue-wifi", "bad-venue-wifi")


def test_there_are_the_promised_roads() -> None:
    assert tuple(profiles()) == PROMISED


@pytest.mark.parametrize("road", profiles().values(), ids=list(profiles()))
def test_the_words_name_the_round_trip_and_the_notes_each_figure(road: Profile) -> None:
    said = re.search(r"(\d+)(?: to \d+)? ms there and back", road.words)

    assert said is not None
    assert float(said[1]) == road.round_trip_ms
    for key in ("jitter", "loss"):
        assert key in road.notes
    if road.to_robot.rate_bps:
        assert "rate" in road.notes
    assert "guess" in road.notes


@pytest.mark.parametrize("road", profiles().values(), ids=list(profiles()))
def test_each_road_can_be_driven_on(road: Profile) -> None:
    for weather in (road.to_robot, road.from_robot):
        assert weather.loss < 0.05
        assert weather.in_turn
    assert road.round_trip_ms < 300


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"expected a link of fibre, .*, got 'bad-wifi'; did you mean bad-venue-wifi\?"
    ):
        profile("bad-wifi")
