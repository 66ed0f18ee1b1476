"""What staff are told of checks before a show: by whom, of what, and how much of it a bridge remembers."""

import pytest

from teleop_core.errors import WireFault
from teleop_core.fitness import MAX_REPORT_BYTES
from teleop_core.presence import RobotSeat
from teleop_core.room import MAX_PEERS
from teleop_core.seat import Seat
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.teleop_core.test_room import ANNA, BO, GUEST, Play, frames_for, heard, robot_heard

CARL = m.Peer(id="i4.carl-tab", role=m.Role.STAFF, name="Carl")


@pytest.fixture
def play() -> Play:
    return Play()


def line(*, about: str = "", health: m.Health = m.Health.GREEN) -> m.CheckLine:
    return m.CheckLine(check="socket", health=health, seen="quick", figures={"rtt_ms": 34.5}, about=about)


def preflight(*, at_unix_ms: int = 5000, lines: tuple[m.CheckLine, ...] = (line(),)) -> m.Preflight:
    return m.Preflight(at_unix_ms=at_unix_ms, soak_s=10, lines=lines)


def readiness(*, at_unix_ms: int = 7000) -> m.Readiness:
    return m.Readiness(at_unix_ms=at_unix_ms, lines=(line(health=m.Health.AMBER),))


def report(play: Play, seat: Seat, said: m.Preflight) -> object:
    return play.room.receive_from_person(seat, codec.encode(said))


def checked(peer: m.Peer, *, at_unix_ms: int = 5000) -> m.Checked:
    return m.Checked(peer=peer.id, at_unix_ms=at_unix_ms, soak_s=10, lines=(line(),))


def told(seat: Seat) -> list[m.ToPerson]:
    return [each for each in heard(seat) if isinstance(each, m.Checked | m.Readiness)]


def says_readiness(play: Play, robot: RobotSeat, said: m.Readiness) -> None:
    assert play.robot_says(robot, said, lane=m.Lane.STATE) is None


def test_a_check_is_told_to_staff_only_and_not_to_the_robot(play: Play) -> None:
    robot = play.robot()
    anna, bo, guest = play.join(ANNA), play.join(BO), play.join(GUEST)
    other = play.join(m.Peer(id="i5.other", role=m.Role.PRESENTER, name="Eve"))
    robot_heard(robot)

    assert report(play, anna, preflight()) is None

    assert told(bo) == [checked(ANNA)]
    assert told(anna) == told(guest) == told(other) == []
    assert robot_heard(robot) == []


def test_staff_are_told_of_each_others_checks_and_of_their_own(play: Play) -> None:
    bo, carl = play.join(BO), play.join(CARL)

    report(play, carl, preflight())

    assert told(bo) == told(carl) == [checked(CARL)]


def test_an_observer_reports_nothing(play: Play) -> None:
    bo, guest = play.join(BO), play.join(GUEST)

    assert report(play, guest, preflight()) is m.Refusal.ROLE

    assert told(bo) == []
    assert told(play.join(CARL)) == []


def test_staff_who_come_later_hear_the_newest_of_everybody_who_is_still_here(play: Play) -> None:
    robot, anna, bo = play.robot(), play.join(ANNA), play.join(BO)
    report(play, anna, preflight(at_unix_ms=1))
    report(play, anna, preflight(at_unix_ms=2))
    report(play, bo, preflight(at_unix_ms=3))
    says_readiness(play, robot, readiness())
    play.room.leave(bo, now_unix_ms=9000)

    assert told(play.join(CARL, read=False)) == [readiness(), checked(ANNA, at_unix_ms=2)]
    assert told(play.join(GUEST, read=False)) == []


def test_a_tab_that_comes_in_anew_keeps_its_report(play: Play) -> None:
    anna = play.join(ANNA)
    report(play, anna, preflight())

    play.join(ANNA)
    play.room.leave(anna, now_unix_ms=9000)

    assert told(play.join(BO, read=False)) == [checked(ANNA)]


def test_readiness_is_told_to_staff_only_and_goes_with_the_robot(play: Play) -> None:
    robot, anna, bo = play.robot(), play.join(ANNA), play.join(BO)

    says_readiness(play, robot, readiness())

    assert told(bo) == [readiness()]
    assert told(anna) == []
    play.room.robot_leaves(robot, now_unix_ms=9000)
    assert told(play.join(CARL, read=False)) == []


def test_readiness_does_not_outlive_another_robot(play: Play) -> None:
    says_readiness(play, play.robot(), readiness())
    play.robot()

    assert told(play.join(CARL, read=False)) == []


def test_nobody_but_a_robot_says_readiness_and_nobody_but_the_bridge_says_checked(play: Play) -> None:
    robot, anna = play.robot(), play.join(ANNA)

    assert play.room.receive_from_person(anna, codec.encode(readiness())) is WireFault.UNKNOWN_TYPE
    assert play.robot_says(robot, checked(ANNA)) is WireFault.UNKNOWN_TYPE


def test_a_flood_of_reports_leaves_one_each_to_send_and_to_remember(play: Play) -> None:
    bo, anna = play.join(BO), play.join(ANNA)
    heard(bo)

    for at_unix_ms in range(1000):
        report(play, anna, preflight(at_unix_ms=at_unix_ms))

    assert len(bo.outbox) == 1
    assert told(bo) == [checked(ANNA, at_unix_ms=999)]


def test_a_report_that_is_too_long_is_refused_and_the_one_before_stands(play: Play) -> None:
    bo, anna = play.join(BO), play.join(ANNA)
    report(play, anna, preflight())
    figures = {f"figure{at}" + "e" * 16: 0.123456789012345 for at in range(m.MAX_CHECK_FIGURES)}
    longest = m.CheckLine(check="a" * 24, health=m.Health.RED, seen="b" * 24, figures=figures, about="台" * 60)

    assert report(play, anna, preflight(lines=(longest,) * m.MAX_CHECKS)) is m.Refusal.OVERLOADED

    assert told(bo) == [checked(ANNA)]
    assert told(play.join(CARL, read=False)) == [checked(ANNA)]


def test_a_full_house_of_the_longest_reports_stays_small(play: Play) -> None:
    lines = (line(about="台" * 30),) * m.MAX_CHECKS
    for number in range(MAX_PEERS - 1):
        seat = play.join(m.Peer(id=f"i{number}.tab", role=m.Role.PRESENTER, name="P"))
        assert report(play, seat, preflight(lines=lines)) is None

    frames = [frame for frame in frames_for(play.join(BO, read=False)) if b'"checked"' in frame]

    assert len(frames) == MAX_PEERS - 1
    assert all(len(frame) <= MAX_REPORT_BYTES for frame in frames)
