"""What an audience meets while the link is away, and how it ends."""

from teleop_core.show.interlude import (
    BACK_AFTER_NS,
    IDLES_AFTER_NS,
    IDLES_AGAIN_NS,
    SAYS_AGAIN_NS,
    Interlude,
)
from teleop_core.show.runner import Begin, Cease, Order
from teleop_core.show.script import Gesture, Grade, Rules, Speak
from teleop_core.timebase import seconds

LINE = "one moment"
IDLE = Gesture(gesture="idle-alive")
SAYS = Speak(text=LINE)
HOLDING_NS = seconds(4)


class Played:
    def __init__(self, *, line: str = LINE, idle: str | None = "idle-alive") -> None:
        self.interlude = Interlude(Rules(holding_line=line, holding_after_s=4.0, idle_gesture=idle))
        self.now_ns = 0
        self.orders: list[Order] = []

    def wait(
        self,
        for_ns: int,
        *,
        presents: bool = True,
        link: Grade = Grade.LOST,
        calm: bool = True,
        can_idle: bool = True,
    ) -> None:
        self.now_ns += for_ns
        self.interlude.tick(presents=presents, link=link, calm=calm, can_idle=can_idle, now_ns=self.now_ns)
        self.orders += self.interlude.take_orders()

    @property
    def steps(self) -> list[object]:
        return [order.step for order in self.orders if isinstance(order, Begin)]


def away(**wishes: object) -> Played:
    played = Played(**wishes)  # type: ignore[arg-type]
    played.wait(0)
    assert played.interlude.is_on
    return played


def test_nothing_happens_while_the_link_holds_or_nobody_is_on_stage() -> None:
    played = Played()
    for link in (Grade.GOOD, Grade.POOR):
        played.wait(seconds(60), link=link)
    played.wait(seconds(60), presents=False)

    assert not played.interlude.is_on
    assert played.orders == []


def test_it_idles_after_a_moment_and_speaks_after_some_seconds() -> None:
    played = away()
    played.wait(IDLES_AFTER_NS - 1)
    assert played.steps == []
    played.wait(1)
    assert played.steps == [IDLE]
    played.wait(HOLDING_NS - IDLES_AFTER_NS - 1)
    assert played.steps == [IDLE]
    played.wait(1)
    assert played.steps == [IDLE, SAYS]


def test_it_idles_and_speaks_again() -> None:
    played = away()
    played.wait(HOLDING_NS)
    played.interlude.finished(2, now_ns=played.now_ns)
    played.wait(IDLES_AGAIN_NS - 1)
    assert len(played.steps) == 2
    played.wait(1)
    assert played.steps[2:] == [IDLE]
    played.wait(SAYS_AGAIN_NS - IDLES_AGAIN_NS)
    assert played.steps[3:] == [SAYS]


def test_the_end_of_something_else_changes_nothing() -> None:
    played = away()
    played.wait(IDLES_AFTER_NS)
    played.interlude.finished(9, now_ns=played.now_ns)
    played.wait(IDLES_AGAIN_NS)

    assert played.steps.count(IDLE) == 1


def test_a_robot_that_is_not_calm_or_cannot_idle_only_speaks() -> None:
    for wish in ({"calm": False}, {"can_idle": False}):
        played = away()
        played.wait(HOLDING_NS, **wish)  # type: ignore[arg-type]

        assert played.steps == [SAYS]
    assert away(idle=None).interlude.is_on
    silent = away(line="", idle=None)
    silent.wait(seconds(60))
    assert silent.steps == []


def test_the_way_back_waits_a_moment_breaks_off_the_idling_and_cuts_no_word() -> None:
    played = away()
    played.wait(HOLDING_NS)
    played.wait(1, link=Grade.POOR)
    played.wait(BACK_AFTER_NS - 1, link=Grade.GOOD)
    was_on = played.interlude.is_on
    played.wait(1, link=Grade.GOOD)

    assert (was_on, played.interlude.is_on) == (True, False)
    idles = next(order.run for order in played.orders if isinstance(order, Begin) and order.step == IDLE)
    assert played.orders[-1] == Cease((idles,))
    played.wait(seconds(10), link=Grade.GOOD)
    assert len([order for order in played.orders if isinstance(order, Cease)]) == 1


def test_a_link_that_goes_again_meanwhile_does_not_end_it() -> None:
    played = away()
    played.wait(IDLES_AFTER_NS)
    played.wait(BACK_AFTER_NS - 1, link=Grade.GOOD)
    played.wait(1)
    played.wait(BACK_AFTER_NS - 1, link=Grade.GOOD)
    played.wait(1, link=Grade.GOOD)

    assert played.interlude.is_on


def test_it_ends_at_once_when_nobody_is_on_stage_any_more() -> None:
    played = away()
    played.wait(1, presents=False)

    assert not played.interlude.is_on
    assert played.orders == []
