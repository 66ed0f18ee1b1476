"""The faults: how each is made in the real processes, at which instant, and how it is undone.

A fault is a context. Entering it sets up what it needs and gives an `Attempt`, whose `strike` is called at full speed
and returns the instant of the fault on this host's monotonic clock; leaving it undoes the fault.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bench import seat_words as words
from bench.course import NoFigureError
from bench.mortal_browser import MortalBrowser
from bench.venue import Hand, Venue
from teleop_core.wire.messages import Road, Role

DRIVES_ON_S: Final = 1.0  # how long a robot is watched that should not mind


@dataclass(kw_only=True)
class Attempt:
    """One drive into a fault: what drives, how the fault is made, and what only the fault itself knows."""

    hand: Hand
    strike: Callable[[], Awaitable[int]]
    captured_ns: int | None = None  # of the last picture that was seen
    unminded_ns: int | None = None  # until when a robot that should drive on was watched; then the hand let go


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault by the name of its figures, and in words. `lasts_s` is what one drive takes with everything around it."""

    name: str
    title: str
    begun: Callable[[Venue], AbstractAsyncContextManager[Attempt]]
    lasts_s: float
    is_stop: bool = False


@asynccontextmanager
async def link_cut(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGSTOP of the presenter's process: nothing leaves it and nothing is heard, on both roads, from one instant."""
    seat = venue.seat

    async def strike() -> int:
        return seat.freeze_process()

    try:
        yield Attempt(hand=seat, strike=strike)
    finally:
        seat.wake_process()


@asynccontextmanager
async def downlink_cut(venue: Venue) -> AsyncIterator[Attempt]:
    """A filter in the kernel: nothing comes in at the presenter's any more, and commands go on leaving."""
    seat = venue.seat

    async def strike() -> int:
        return (await seat.order(words.CutDownlink(on=True))).began_ns

    try:
        yield Attempt(hand=seat, strike=strike)
    finally:
        await seat.order(words.CutDownlink(on=False))


@asynccontextmanager
async def agent_sigkill(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGKILL of the robot's agent."""
    epoch = venue.staff.epoch

    async def strike() -> int:
        now_ns = time.monotonic_ns()
        venue.rig.child("robot").send(signal.SIGKILL)
        return now_ns

    yield Attempt(hand=venue.seat, strike=strike)
    await venue.rig.child("robot").ended(within_s=2.0)
    await venue.rig.mend()
    await venue.new_life(epoch)


@asynccontextmanager
async def agent_sigstop(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGSTOP of the robot's agent."""
    agent = venue.rig.child("robot")

    async def strike() -> int:
        now_ns = time.monotonic_ns()
        agent.send(signal.SIGSTOP)
        return now_ns

    try:
        yield Attempt(hand=venue.seat, strike=strike)
    finally:
        agent.send(signal.SIGCONT)


@asynccontextmanager
async def motion_sigkill(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGKILL of the motion process: what is left is the driver's time limit."""
    epoch = venue.staff.epoch
    pids = venue.rig.motion_pids()
    if len(pids) != 1:
        raise NoFigureError(f"expected one motion process, saw {len(pids)}")

    async def strike() -> int:
        now_ns = time.monotonic_ns()
        os.kill(pids[0], signal.SIGKILL)
        return now_ns

    yield Attempt(hand=venue.seat, strike=strike)
    await venue.new_life(epoch)


@asynccontextmanager
async def browser_sigkill(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGKILL of a real Chromium that drives by its page, all its processes at once."""
    await venue.free_lease()
    invite = await venue.rig.invite(Role.PRESENTER, "Browser")
    async with MortalBrowser.open(venue.playwright, invite.url) as browser:

        async def strike() -> int:
            return browser.kill()

        yield Attempt(hand=browser, strike=strike)
    await venue.free_lease()


@asynccontextmanager
async def bridge_sigkill(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGKILL of the bridge, when commands come over it alone."""
    await venue.seat.use(Road.BRIDGE)

    async def strike() -> int:
        return _kill_bridge(venue)

    yield Attempt(hand=venue.seat, strike=strike)
    await venue.rig.mend()


@asynccontextmanager
async def bridge_sigkill_direct(venue: Venue) -> AsyncIterator[Attempt]:
    """SIGKILL of the bridge while the peer-to-peer road is up: the robot drives on, until the hand lets go."""

    async def strike() -> int:
        struck_ns = _kill_bridge(venue)
        await asyncio.sleep(DRIVES_ON_S)
        attempt.unminded_ns = time.monotonic_ns()
        await venue.seat.let_go()
        return struck_ns

    attempt = Attempt(hand=venue.seat, strike=strike)
    yield attempt
    await venue.rig.mend()


def _kill_bridge(venue: Venue) -> int:
    now_ns = time.monotonic_ns()
    venue.rig.child("bridge").kill()
    return now_ns


@asynccontextmanager
async def frozen_picture(venue: Venue) -> AsyncIterator[Attempt]:
    """The presenter's screen freezes; all else is well."""
    seat = venue.seat

    async def strike() -> int:
        frozen = await seat.order(words.Freeze(on=True))
        attempt.captured_ns = frozen.captured_ns
        return frozen.began_ns

    attempt = Attempt(hand=seat, strike=strike)
    try:
        yield attempt
    finally:
        await seat.order(words.Freeze(on=False))


@asynccontextmanager
async def stop_presenter(venue: Venue) -> AsyncIterator[Attempt]:
    """The presenter presses STOP, over both roads."""

    async def strike() -> int:
        return (await venue.seat.order(words.PressStop())).began_ns

    yield Attempt(hand=venue.seat, strike=strike)


@asynccontextmanager
async def stop_staff(venue: Venue) -> AsyncIterator[Attempt]:
    """Staff press STOP, over the bridge."""

    async def strike() -> int:
        return (await venue.desk.order(words.PressStop())).began_ns

    yield Attempt(hand=venue.seat, strike=strike)


@asynccontextmanager
async def stop_lan_page(venue: Venue) -> AsyncIterator[Attempt]:
    """A phone in the hall presses STOP on the page that the robot's agent serves."""
    await venue.desk.order(words.Dial(await venue.rig.stop_page()))

    async def strike() -> int:
        return (await venue.desk.order(words.PressOnPhone())).began_ns

    yield Attempt(hand=venue.seat, strike=strike)


@asynccontextmanager
async def lease_revoked(venue: Venue) -> AsyncIterator[Attempt]:
    """Staff end the presenter's lease."""

    async def strike() -> int:
        return (await venue.desk.order(words.Revoke())).began_ns

    yield Attempt(hand=venue.seat, strike=strike)


FAULTS: Final = (
    Fault(name="link_cut", title="link cut", begun=link_cut, lasts_s=3.0),
    Fault(name="agent_sigstop", title="agent SIGSTOP", begun=agent_sigstop, lasts_s=3.5),
    Fault(name="stop_staff", title="STOP by staff", begun=stop_staff, lasts_s=3.0, is_stop=True),
    Fault(name="stop_presenter", title="STOP by the presenter", begun=stop_presenter, lasts_s=3.0, is_stop=True),
    Fault(name="stop_lan_page", title="STOP by the LAN page", begun=stop_lan_page, lasts_s=3.0, is_stop=True),
    Fault(name="frozen_picture", title="frozen picture", begun=frozen_picture, lasts_s=3.5),
    Fault(name="agent_sigkill", title="agent SIGKILL", begun=agent_sigkill, lasts_s=6.0),
    Fault(name="downlink_cut", title="downlink only", begun=downlink_cut, lasts_s=4.0),
    Fault(name="lease_revoked", title="lease revoked", begun=lease_revoked, lasts_s=3.0),
    Fault(name="bridge_sigkill", title="bridge SIGKILL, one road", begun=bridge_sigkill, lasts_s=5.0),
    Fault(name="motion_sigkill", title="motion process SIGKILL", begun=motion_sigkill, lasts_s=5.0),
    Fault(name="browser_sigkill", title="browser SIGKILL", begun=browser_sigkill, lasts_s=7.0),
    Fault(
        name="bridge_sigkill_direct",
        title="bridge SIGKILL, two roads",
        begun=bridge_sigkill_direct,
        lasts_s=6.0,
    ),
)
