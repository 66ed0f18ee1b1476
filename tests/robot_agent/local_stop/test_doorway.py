"""Who may stand at the door: floods are bounded and lock out nobody else."""

from robot_agent.local_stop.doorway import (
    BURST,
    BYTES_A_SECOND,
    MAX_SITES,
    MAX_STRANGERS,
    MAX_STRANGERS_PER_SITE,
    RATE_HZ,
    ByteBudget,
    Doorway,
)
from teleop_core.timebase import NS_PER_S, seconds


class Caller:
    def __init__(self) -> None:
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True


def test_the_oldest_of_an_address_makes_room_for_its_next() -> None:
    doorway = Doorway()
    callers = [Caller() for _ in range(MAX_STRANGERS_PER_SITE + 2)]

    assert all(doorway.came(each, "10.0.0.1", now_ns=0) for each in callers)

    assert [each.is_cut for each in callers] == [True, True] + [False] * MAX_STRANGERS_PER_SITE
    assert len(doorway) == MAX_STRANGERS_PER_SITE


def test_the_oldest_of_all_makes_room_when_many_come_from_everywhere() -> None:
    doorway = Doorway()
    callers = [Caller() for _ in range(MAX_STRANGERS + 1)]

    for number, each in enumerate(callers):
        doorway.came(each, f"10.0.0.{number}", now_ns=0)

    assert [each.is_cut for each in callers] == [True] + [False] * MAX_STRANGERS
    assert len(doorway) == MAX_STRANGERS


def test_who_has_shown_the_pin_is_no_stranger_and_is_not_cut() -> None:
    doorway = Doorway()
    phone = Caller()
    doorway.came(phone, "10.0.0.1", now_ns=0)
    doorway.went(phone)

    for _ in range(BURST - 1):
        doorway.came(Caller(), "10.0.0.1", now_ns=0)

    assert not phone.is_cut


def test_a_flood_from_one_address_is_turned_away_and_another_comes_in() -> None:
    doorway = Doorway()

    came = [doorway.came(Caller(), "10.0.0.66", now_ns=0) for _ in range(10 * BURST)]

    assert came == [True] * BURST + [False] * (9 * BURST)
    assert doorway.came(Caller(), "10.0.0.20", now_ns=0)


def test_after_a_flood_an_address_may_come_at_its_rate() -> None:
    doorway = Doorway()
    for _ in range(2 * BURST):
        doorway.came(Caller(), "10.0.0.1", now_ns=0)

    assert not doorway.came(Caller(), "10.0.0.1", now_ns=NS_PER_S // RATE_HZ - 1)
    assert doorway.came(Caller(), "10.0.0.1", now_ns=NS_PER_S // RATE_HZ)
    assert not doorway.came(Caller(), "10.0.0.1", now_ns=NS_PER_S // RATE_HZ)


def test_its_memory_is_bounded() -> None:
    doorway = Doorway()

    for number in range(3 * MAX_SITES):
        doorway.came(Caller(), f"10.0.{number // 256}.{number % 256}", now_ns=number)

    assert len(doorway._full_ns) == MAX_SITES
    assert len(doorway) == MAX_STRANGERS


def test_a_connection_may_send_so_much_in_any_second() -> None:
    budget = ByteBudget(now_ns=0)

    assert budget.allows(BYTES_A_SECOND, now_ns=0)
    assert not budget.allows(1, now_ns=seconds(1) - 1)
    assert budget.allows(BYTES_A_SECOND, now_ns=seconds(1))
