"""Notes between presenter and staff: handed on by the bridge, unheard by robot and audience."""

import pytest

from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.teleop_core.test_room import ANNA, BO, GUEST, Play, heard, robot_heard

CARL = m.Peer(id="i4.carl-tab", role=m.Role.PRESENTER, name="Carl")


def note(play: Play, seat: object, *, to: str | None = None) -> object:
    said = m.Note(id="n1", at_unix_ms=5, to=to, text="ten minutes")
    return play.room.receive_from_person(seat, codec.encode(said))  # type: ignore[arg-type]


def noted(to: str | None = None) -> m.Noted:
    return m.Noted(by=BO, to=to, at_unix_ms=5, text="ten minutes")


@pytest.fixture
def play() -> Play:
    return Play()


def test_a_note_to_all_reaches_presenters_and_staff_and_its_sender(play: Play) -> None:
    anna, bo, guest, robot = play.join(ANNA), play.join(BO), play.join(GUEST), play.robot()
    for seat in (anna, bo, guest):
        heard(seat)
    robot_heard(robot)

    assert note(play, bo) is None

    assert heard(anna) == [noted()]
    assert heard(bo) == [noted(), m.Ack(id="n1", verdict=m.Verdict.DONE)]
    assert heard(guest) == []
    assert robot_heard(robot) == []


def test_a_note_to_one_reaches_one(play: Play) -> None:
    anna, bo, carl = play.join(ANNA), play.join(BO), play.join(CARL)
    for seat in (anna, bo, carl):
        heard(seat)

    note(play, bo, to=ANNA.id)

    assert heard(anna) == [noted(ANNA.id)]
    assert heard(bo)[0] == noted(ANNA.id)
    assert heard(carl) == []


def test_a_note_to_somebody_who_is_gone_is_refused(play: Play) -> None:
    bo = play.join(BO)

    assert note(play, bo, to=ANNA.id) is m.Refusal.UNKNOWN_PEER
    assert heard(bo) == [m.Ack(id="n1", verdict=m.Verdict.REFUSED, refusal=m.Refusal.UNKNOWN_PEER)]


def test_observers_write_none(play: Play) -> None:
    anna, guest = play.join(ANNA), play.join(GUEST)
    heard(anna)
    heard(guest)

    assert note(play, guest) is m.Refusal.ROLE
    assert heard(anna) == []


def test_a_robot_writes_none(play: Play) -> None:
    robot = play.robot()
    play.join(ANNA)

    assert play.robot_says(robot, noted()) is not None
