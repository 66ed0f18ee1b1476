"""Echo cancelling, proven in synthetic halls: the same sounds every time."""

import numpy as np
import pytest

from robot_agent.media.voice import speex
from robot_agent.media.voice.echo import Aec3, Cascade, Ducker, Untouched, open_canceller
from robot_agent.media.voice.pcm import silence
from robot_agent.media.voice.speex import SpeexLinear
from simulator.acoustics import Hall, echo_down_db, near_speech_cut, processed
from simulator.voices import rms, speech, tone
from teleop_core.errors import SetupError
from teleop_core.wire.messages import EchoWay

ROOM, BIG_HALL, ANOTHER_HALL = Hall(200), Hall(600), Hall(600, seed=7)
SLOW = pytest.mark.timeout(300)


def absent() -> Aec3:
    raise SetupError("it is not here: install it")


@SLOW
@pytest.mark.usefixtures("speexdsp")
@pytest.mark.parametrize("hall", [ROOM, BIG_HALL, ANOTHER_HALL], ids=["room", "hall", "another hall"])
def test_the_echo_is_at_least_25_db_down_once_the_room_is_known(hall: Hall) -> None:
    assert echo_down_db(open_canceller()[0].process, hall) >= 25


@SLOW
@pytest.mark.usefixtures("speexdsp")
@pytest.mark.parametrize("hall", [ROOM, BIG_HALL], ids=["room", "hall"])
def test_a_near_talker_loses_at_most_a_fifth_while_both_speak(hall: Hall) -> None:
    assert near_speech_cut(open_canceller()[0].process, hall) <= 0.20


@SLOW
def test_without_speex_the_echo_is_down_and_the_near_talker_pays_for_it() -> None:
    canceller, way = open_canceller(linear=absent)

    assert way is EchoWay.PARTLY
    assert echo_down_db(canceller.process, ROOM) >= 20
    assert near_speech_cut(open_canceller(linear=absent)[0].process, ROOM) > 0.2


@pytest.mark.usefixtures("speexdsp")
def test_with_both_the_filter_comes_first() -> None:
    canceller, way = open_canceller()

    assert way is EchoWay.CANCELLED
    assert isinstance(canceller, Cascade)


def test_without_both_the_microphone_is_ducked() -> None:
    canceller, way = open_canceller(linear=absent, residual=absent)

    assert way is EchoWay.DUCKED
    assert isinstance(canceller, Ducker)


def test_ducking_turns_the_microphone_down_while_a_voice_is_played_and_up_again() -> None:
    far = np.concatenate([silence(24_000), tone(0.5), silence(48_000)])
    near = tone(2.0, hz=700)

    out = processed(Ducker().process, near, far)

    assert rms(out[:24_000]) == pytest.approx(rms(near), rel=0.02)
    assert rms(out[28_000:47_000]) < 0.05 * rms(near)
    assert rms(out[-24_000:]) == pytest.approx(rms(near), rel=0.02)
    assert echo_down_db(Ducker().process, ROOM, seconds=10.0) > 20


def test_what_is_left_alone_is_left_alone() -> None:
    near = tone(0.01)

    assert Untouched().process(near, silence()) is near


@SLOW
@pytest.mark.usefixtures("speexdsp")
def test_a_silent_loudspeaker_costs_the_hall_nothing() -> None:
    near = speech(4.0, seed=3)
    linear = SpeexLinear()

    out = processed(linear.process, near, silence(len(near)))

    assert rms(out[48_000:]) == pytest.approx(rms(near[48_000:]), rel=0.1)


def test_without_speexdsp_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speex, "_NAMES", ("libnothing.so.77",))

    with pytest.raises(SetupError, match="apt-get install libspeexdsp1"):
        speex.library.__wrapped__()
