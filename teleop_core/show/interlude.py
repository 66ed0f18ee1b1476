"""What an audience meets while the link of whoever presents is away: calm, then a word, and then the way back.

The face fades to its hold card by itself. A moment later the robot idles, as one who waits, and after some seconds it
says the holding line, and again now and then. Once the link has been back for a moment, the idling is broken off and a
line that is being said is finished. Pure; it asks for gestures as a show does, so STOP and all else hold.
"""

from typing import Final

from teleop_core.show.runner import Begin, Cease, Order
from teleop_core.show.script import Gesture, Grade, Rules, Speak
from teleop_core.timebase import NS_PER_S

IDLES_AFTER_NS: Final = 3 * NS_PER_S // 2
IDLES_AGAIN_NS: Final = 2 * NS_PER_S  # between two idle gestures, and after one that could not begin
SAYS_AGAIN_NS: Final = 30 * NS_PER_S
BACK_AFTER_NS: Final = NS_PER_S


class Interlude:
    """One robot's."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._away_ns: int | None = None
        self._back_ns: int | None = None
        self._idle_from_ns = 0
        self._says_from_ns = 0
        self._idles: int | None = None  # its run
        self._runs = 0
        self._orders: list[Order] = []

    @property
    def is_on(self) -> bool:
        """Whether the audience meets it now."""
        return self._away_ns is not None

    def take_orders(self) -> list[Order]:
        """Return what is to be done since the last call."""
        orders, self._orders = self._orders, []
        return orders

    def finished(self, run: int, *, now_ns: int) -> None:
        """Note that what began under this number is over, done or not."""
        if run == self._idles:
            self._idles = None
            self._idle_from_ns = now_ns + IDLES_AGAIN_NS

    def tick(self, *, presents: bool, link: Grade, calm: bool, can_idle: bool, now_ns: int) -> None:
        """Let time pass.

        `presents`: somebody is on stage through it; `calm`: it stands, performs nothing, and no STOP is latched;
        `can_idle`: it knows the idle gesture.
        """
        if self._away_ns is None:
            if presents and link is Grade.LOST:
                self._away_ns, self._back_ns = now_ns, None
                self._idle_from_ns = now_ns + IDLES_AFTER_NS
                self._says_from_ns = now_ns + round(self._rules.holding_after_s * NS_PER_S)
            return
        if presents and link is Grade.LOST:
            self._back_ns = None
            self._go_on(calm=calm, can_idle=can_idle, now_ns=now_ns)
            return
        self._back_ns = now_ns if self._back_ns is None else self._back_ns
        if not presents or now_ns - self._back_ns >= BACK_AFTER_NS:
            self._end()

    def _go_on(self, *, calm: bool, can_idle: bool, now_ns: int) -> None:
        if self._rules.holding_line and now_ns >= self._says_from_ns:
            self._says_from_ns = now_ns + SAYS_AGAIN_NS
            self._begin(Speak(text=self._rules.holding_line))
        idle = self._rules.idle_gesture
        if idle is not None and can_idle and calm and self._idles is None and now_ns >= self._idle_from_ns:
            self._idles = self._begin(Gesture(gesture=idle))

    def _end(self) -> None:
        self._away_ns = self._back_ns = None
        if self._idles is not None:
            self._orders.append(Cease((self._idles,)))
            self._idles = None

    def _begin(self, step: Gesture | Speak) -> int:
        self._runs += 1
        self._orders.append(Begin(self._runs, step))
        return self._runs
