"""What the pages that are in ask of the robot, and how much of that is passed on, however often they say it.

Pure: time is an argument. What stops is passed on again and again; what gives power back once, and rarely.
"""

from collections.abc import Callable
from typing import Final, Protocol, assert_never

import structlog

from robot_agent.local_stop import words
from teleop_core.timebase import ms, seconds
from teleop_core.wire.messages import StopLevel

STOP_GAP_NS: Final = ms(10)
RELEASE_GAP_NS: Final = seconds(1)  # of all pages together: nobody makes the power flutter

Asked = words.Stop | words.Sterner | words.Release


class Robot(Protocol):
    """Where it is passed on to; `peer` is the page, `request` the id under which the motion process answers."""

    def stop_from_hall(self, peer: str, request: str) -> None:
        """Stop and latch."""
        ...

    def stop_sternly_from_hall(self, peer: str, request: str, level: StopLevel) -> None:
        """Do the same, and as sternly as `level`."""
        ...

    def release_from_hall(self, peer: str) -> None:
        """Take back what is above an ordinary STOP."""
        ...


class HallRequests:
    """What all pages ask. `asked` is how many stops above an ordinary one were asked for; it only grows."""

    def __init__(self, robot: Robot, *, levels: Callable[[], tuple[StopLevel, ...]]) -> None:
        """Pass on to `robot`, whose stops above an ordinary one are `levels()`."""
        self.robot = robot
        self.levels = levels
        self.asked = 0
        self._released_ns: int | None = None

    def release(self, peer: str, *, asked: int, now_ns: int) -> words.WhyDeclined | None:
        """Pass a release on, or return why not."""
        if asked != self.asked:
            return words.WhyDeclined.CHANGED
        if self._released_ns is not None and now_ns - self._released_ns < RELEASE_GAP_NS:
            return words.WhyDeclined.SOON
        self._released_ns = now_ns
        self.robot.release_from_hall(peer)
        return None


class PageRequests:
    """What one page asks."""

    def __init__(self, hall: HallRequests, peer: str) -> None:
        self._hall = hall
        self._peer = peer
        self._stop_id = self._sterner_id = ""
        self._stopped_ns = self._sterner_ns = 0
        self._log = structlog.get_logger("stop-page")

    def take(self, said: Asked, *, now_ns: int) -> words.Declined | None:
        """Pass on what was said, or return why not; None also where that is a repetition that comes too soon."""
        match said:
            case words.Stop():
                self._stop(said.id, now_ns=now_ns)
                why = None
            case words.Sterner():
                why = self._stop_sternly(said, now_ns=now_ns)
            case words.Release():
                why = self._release(said, now_ns=now_ns)
            case unreachable:
                assert_never(unreachable)
        return None if why is None else words.Declined(id=said.id, why=why)

    def _stop(self, request: str, *, now_ns: int) -> None:
        if request == self._stop_id and now_ns - self._stopped_ns < STOP_GAP_NS:
            return
        if request != self._stop_id:
            self._log.warning("stop_page.stop", peer=self._peer)
        self._stop_id, self._stopped_ns = request, now_ns
        self._hall.robot.stop_from_hall(self._peer, request)

    def _stop_sternly(self, said: words.Sterner, *, now_ns: int) -> words.WhyDeclined | None:
        if self._sterner_id and now_ns - self._sterner_ns < STOP_GAP_NS:
            return None
        level = next((each for each in self._hall.levels() if each.value == said.level), None)
        if said.id != self._sterner_id:
            self._log.warning("stop_page.sterner", peer=self._peer, level=said.level, known=level is not None)
            self._hall.asked += level is not None
        self._sterner_id, self._sterner_ns = said.id, now_ns
        if level is None:
            self._hall.robot.stop_from_hall(self._peer, said.id)
            return words.WhyDeclined.LEVEL
        self._hall.robot.stop_sternly_from_hall(self._peer, said.id, level)
        return None

    def _release(self, said: words.Release, *, now_ns: int) -> words.WhyDeclined | None:
        why = self._hall.release(self._peer, asked=said.asked, now_ns=now_ns)
        if why is None:
            self._log.warning("stop_page.released", peer=self._peer)
        return why
