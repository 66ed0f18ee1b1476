"""What pages ask is passed on: what stops again and again, what gives power back once and rarely."""

from dataclasses import dataclass, field

import pytest

from robot_agent.local_stop import words
from robot_agent.local_stop.asking import RELEASE_GAP_NS, STOP_GAP_NS, HallRequests, PageRequests
from teleop_core.timebase import ms, seconds
from teleop_core.wire.messages import StopLevel

NOW_NS = seconds(100)
CUT = words.Sterner(id="c", level="cut")


@dataclass
class Robot:
    """Notes what is passed on."""

    did: list[str] = field(default_factory=list)

    def stop_from_hall(self, peer: str, request: str) -> None:
        self.did.append(f"{peer} stop {request}")

    def stop_sternly_from_hall(self, peer: str, request: str, level: StopLevel) -> None:
        self.did.append(f"{peer} {level.value} {request}")

    def release_from_hall(self, peer: str) -> None:
        self.did.append(f"{peer} release")


@pytest.fixture
def robot() -> Robot:
    return Robot()


@pytest.fixture
def hall(robot: Robot) -> HallRequests:
    return HallRequests(robot, levels=lambda: (StopLevel.CUT,))


@pytest.fixture
def page(hall: HallRequests) -> PageRequests:
    return PageRequests(hall, "hall-1")


def test_a_stop_is_passed_on_at_once_and_again_after_the_gap(page: PageRequests, robot: Robot) -> None:
    for at_ns in (0, STOP_GAP_NS - 1, STOP_GAP_NS):
        assert page.take(words.Stop(id="s"), now_ns=NOW_NS + at_ns) is None

    assert robot.did == ["hall-1 stop s", "hall-1 stop s"]


def test_another_stop_waits_for_no_gap(page: PageRequests, robot: Robot) -> None:
    page.take(words.Stop(id="s"), now_ns=NOW_NS)
    page.take(words.Stop(id="t"), now_ns=NOW_NS)

    assert robot.did == ["hall-1 stop s", "hall-1 stop t"]


def test_a_sterner_one_is_passed_on_no_faster_than_the_gap_whatever_its_id(page: PageRequests, robot: Robot) -> None:
    for number in range(100):
        said = words.Sterner(id=f"c{number}", level="cut")
        assert page.take(said, now_ns=NOW_NS + number * STOP_GAP_NS // 10) is None

    assert len(robot.did) == 10


def test_a_stop_goes_through_between_sterner_ones(page: PageRequests, robot: Robot) -> None:
    page.take(CUT, now_ns=NOW_NS)
    page.take(words.Stop(id="s"), now_ns=NOW_NS)

    assert robot.did == ["hall-1 cut c", "hall-1 stop s"]


def test_a_sterner_one_is_counted_once_however_often_it_is_repeated(hall: HallRequests, page: PageRequests) -> None:
    for number in range(5):
        page.take(CUT, now_ns=NOW_NS + ms(40) * number)
    assert hall.asked == 1

    PageRequests(hall, "hall-2").take(CUT, now_ns=NOW_NS)
    assert hall.asked == 2


@pytest.mark.parametrize("level", ["damp", "settle", "", "CUT"])
def test_a_level_that_the_robot_has_not_is_declined_and_stops_it(
    hall: HallRequests, page: PageRequests, robot: Robot, level: str
) -> None:
    declined = page.take(words.Sterner(id="c", level=level), now_ns=NOW_NS)

    assert declined == words.Declined(id="c", why=words.WhyDeclined.LEVEL)
    assert robot.did == ["hall-1 stop c"]
    assert hall.asked == 0


def test_a_release_is_passed_on_by_whoever_saw_what_is_in_force(
    hall: HallRequests, page: PageRequests, robot: Robot
) -> None:
    page.take(CUT, now_ns=NOW_NS)
    other = PageRequests(hall, "hall-2")

    assert other.take(words.Release(id="r", asked=1), now_ns=NOW_NS) is None
    assert robot.did == ["hall-1 cut c", "hall-2 release"]


@pytest.mark.parametrize("asked", [0, 2])
def test_a_release_is_void_once_something_sterner_was_asked_for(page: PageRequests, robot: Robot, asked: int) -> None:
    page.take(CUT, now_ns=NOW_NS)

    declined = page.take(words.Release(id="r", asked=asked), now_ns=NOW_NS)

    assert declined == words.Declined(id="r", why=words.WhyDeclined.CHANGED)
    assert robot.did == ["hall-1 cut c"]


def test_power_comes_back_no_more_than_once_a_second_whoever_asks(
    hall: HallRequests, page: PageRequests, robot: Robot
) -> None:
    other = PageRequests(hall, "hall-2")
    release = words.Release(id="r", asked=0)
    soon = words.Declined(id="r", why=words.WhyDeclined.SOON)

    assert page.take(release, now_ns=NOW_NS) is None
    assert page.take(release, now_ns=NOW_NS) == soon
    assert other.take(release, now_ns=NOW_NS + RELEASE_GAP_NS - 1) == soon
    assert other.take(release, now_ns=NOW_NS + RELEASE_GAP_NS) is None
    assert robot.did == ["hall-1 release", "hall-2 release"]
