"""Faster and slower by one period of the pitch."""

import numpy as np
import pytest

from robot_agent.media.voice import stretch
from robot_agent.media.voice.pcm import Pcm, silence
from simulator.voices import as_pcm, tone


def test_one_period_is_left_out_or_repeated_and_nothing_clicks() -> None:
    voice = tone(0.02, hz=200)  # a period of 240 samples

    shorter, longer = stretch.faster(voice), stretch.slower(voice)

    assert (len(voice) - len(shorter)) % 240 < 8
    assert (len(longer) - len(voice)) % 240 < 8
    for each in (shorter, longer):
        assert steepest(each) <= 1.5 * steepest(voice)


def steepest(pcm: Pcm) -> int:
    return int(np.abs(np.diff(pcm.astype(np.int32))).max())


def test_what_has_no_pitch_is_left_alone_unless_it_must_be_cut() -> None:
    dice = np.random.default_rng(2)
    noise = as_pcm(dice.uniform(-0.3, 0.3, 960))

    assert len(stretch.faster(noise)) == 960
    assert len(stretch.slower(noise)) == 960
    assert len(stretch.faster(noise, at_any_cost=True)) < 960
    assert len(stretch.slower(noise, at_any_cost=True)) > 960


def test_silence_is_cut_by_as_much_as_can_be() -> None:
    assert len(stretch.faster(silence(960))) == 480
    assert len(stretch.slower(silence(960))) == 1440


@pytest.mark.parametrize("samples", [0, 1, 100, 239])
def test_what_is_too_short_stays(samples: int) -> None:
    assert len(stretch.faster(silence(samples))) == samples
    assert len(stretch.slower(silence(samples))) == samples
