"""A scripted person: what the hand and the buttons of a page do, as calls that wait for their outcome.

Presenter, staff and observer are the same class with another invite.
"""

import asyncio
import time

from simulator.visitor import BOTH_ROADS, Picture, Visitor
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, Verdict

__all__ = ["BOTH_ROADS", "Picture", "Presenter"]


class Presenter(Visitor):
    """One person in one tab. Use as `async with Presenter(url, token) as ada:`.

    Requests return the robot's answer, refusals included.

    Raises:
        TimeoutError: no answer, or what was waited for did not come true; the message says what was seen.

    """

    async def request(self, message: m.RequestMessage) -> m.Ack:
        """Send a request, built with `session.new_id()`, and wait for its answer."""
        request_id = self.session.request(message, now_ns=time.monotonic_ns())
        self._flush()
        answer = await self._answer(request_id, type(message).__name__)
        if not isinstance(answer, m.Ack):
            raise TypeError(f"expected an Ack of {type(message).__name__}, got {answer}")
        return answer

    async def ask(self) -> m.Ack:
        """Ask for the lease."""
        return await self.request(m.LeaseRequest(id=self.session.new_id()))

    async def withdraw(self) -> m.Ack:
        """Take the standing request back."""
        return await self.request(m.LeaseWithdraw(id=self.session.new_id()))

    async def give_back(self) -> m.Ack:
        """Return the lease."""
        known = self.session.telemetry
        fence = 0 if known is None else known.fence
        return await self.request(m.LeaseReturn(id=self.session.new_id(), fence=fence))

    async def offer(self, to: str) -> m.Ack:
        """Offer the lease to somebody."""
        return await self.request(m.LeaseOffer(id=self.session.new_id(), to=to))

    async def accept(self) -> m.Ack:
        """Accept the lease on offer."""
        return await self.request(m.LeaseAccept(id=self.session.new_id()))

    async def decline(self) -> m.Ack:
        """Decline it."""
        return await self.request(m.LeaseDecline(id=self.session.new_id()))

    async def take(self) -> m.Ack:
        """Take the lease, as staff."""
        return await self.request(m.LeaseTake(id=self.session.new_id()))

    async def revoke(self) -> m.Ack:
        """End whoever's lease, as staff."""
        return await self.request(m.LeaseRevoke(id=self.session.new_id()))

    async def stop(self, reason: str = "") -> m.StopAck:
        """Stop the robot and wait until it says that it is latched."""
        request_id = self.session.stop(now_ns=time.monotonic_ns(), reason=reason)
        self._flush()
        answer = await self._answer(request_id, "Stop")
        if not isinstance(answer, m.StopAck):
            raise TypeError(f"expected a StopAck, got {answer}")
        return answer

    async def reset(self) -> m.Ack:
        """Clear the latch in its two steps; return the answer to the first that was refused, or to the second."""
        first = await self.request(m.ResetPrepare(id=self.session.new_id()))
        if first.verdict is Verdict.REFUSED:
            return first
        await self.until("the code that confirms the reset", lambda: self._reset_code() is not None)
        second = await self.request(m.ResetConfirm(id=self.session.new_id(), code=self._reset_code() or ""))
        if second.verdict is not Verdict.REFUSED:
            await self.until("a cleared latch", self._is_clear)
        return second

    async def get_lease(self) -> None:
        """Ask for the lease and wait until the dead-man counts, hands off as it must be.

        Raises:
            TimeoutError: the robot did not grant it.

        """
        await self.ask()
        await self.until("the lease", lambda: self.holds_lease)
        await self.rearm()

    async def rearm(self) -> None:
        """Take the hand off and wait until the dead-man counts again."""
        self.let_go()
        await self.until("an armed dead-man", self._is_armed)

    def hold(self, twist: Twist) -> None:
        """Hold the dead-man and wish for `twist`, until told otherwise."""
        self.session.drive(twist, dead_man=True)

    def let_go(self) -> None:
        """Take the hand off."""
        self.session.let_go()

    async def drive_for(self, twist: Twist, seconds: float) -> None:
        """Hold the dead-man with `twist` for so long, then let go."""
        self.hold(twist)
        await asyncio.sleep(seconds)
        self.let_go()

    async def _answer(self, request_id: str, what: str) -> m.Ack | m.StopAck:
        await self.until(f"an answer to {what}", lambda: self.session.answer(request_id) is not None)
        answer = self.session.answer(request_id)
        assert answer is not None  # noqa: S101 -- waited for
        return answer

    def _reset_code(self) -> str | None:
        status = self.session.status
        if status is None or status.reset is None or status.reset.by != self.id:
            return None
        return status.reset.code

    def _is_clear(self) -> bool:
        known = self.session.telemetry
        return known is not None and not known.latched

    def _is_armed(self) -> bool:
        known = self.session.telemetry
        return self.holds_lease and known is not None and known.limit is Limit.DEAD_MAN
