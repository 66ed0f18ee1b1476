"""What each listener hears besides the hall."""

from robot_agent.media.voice.mixes import HALL, Mix, mix_for
from teleop_core.wire.messages import Role


def hears(peer: str, role: Role | None, *, heard: str = "ana", backstage: str | None = "bo", echo: bool = True) -> Mix:
    return mix_for(peer, role, heard=tuple(heard.split()), backstage=backstage, echo_is_taken_out=echo)


def test_whoever_speaks_hears_the_hall_alone() -> None:
    assert hears("ana", Role.PRESENTER, backstage=None) == HALL
    assert hears("bo", Role.STAFF, heard="", backstage="bo", echo=False) == HALL


def test_everybody_else_hears_the_voices_and_presenters_and_staff_what_is_said_backstage() -> None:
    assert hears("ana", Role.PRESENTER) == Mix(voices=False, backstage=True)
    assert hears("bo", Role.STAFF) == Mix(voices=True, backstage=False)
    assert hears("cy", Role.STAFF) == Mix(voices=True, backstage=True)
    assert hears("olu", Role.OBSERVER) == Mix(voices=True, backstage=False)
    assert hears("gone", None) == Mix(voices=True, backstage=False)


def test_where_the_echo_stays_in_the_voices_are_in_the_hall_already() -> None:
    assert hears("cy", Role.STAFF, echo=False) == Mix(voices=False, backstage=True)
