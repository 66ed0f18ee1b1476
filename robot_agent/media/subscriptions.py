"""Who watches which rendition: each by what its road carries, and each rendition by the worst of those who watch it."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Final

import structlog

from robot_agent.media.fanout import Feed
from robot_agent.media.picture import RTP_TIME_SPAN, Picture
from robot_agent.media.rate.assignment import Assignment, Bounds
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.ladder import Ladder, Target
from robot_agent.media.rendition import Rendition
from teleop_core.timebase import NS_PER_MS

SETTLE_S: Final = 0.025
PATIENCE_S: Final = 0.030
FULL_PIXELS: Final = 1280 * 720  # what the ladder takes a whole picture for

_log = structlog.get_logger(__name__)

_WORTH_SAYING: Final = 0.03  # a smaller change of the bit rate is not
_KEYFRAME_PAUSE_NS: Final = 400 * NS_PER_MS  # for one viewer, so that its troubles are not everybody's
_HALF: Final = RTP_TIME_SPAN // 2


class Subscription:
    """One viewer's pictures, whatever the rendition: they begin with a keyframe, and RTP times only rise."""

    def __init__(self, flow: Flow, *, session: str, best: int, filled: asyncio.Event) -> None:
        self.flow: Final = flow
        self.session: Final = session
        self.is_resting = False  # its road is out
        self.best: Final = best
        self.watched: Rendition | None = None
        self._filled = filled
        self._feed: Feed | None = None
        self._coming: tuple[Rendition, Feed] | None = None
        self._last_rtp_time: int | None = None
        self._asked_ns = 0
        self._asks = False

    async def next(self) -> Picture:
        """Wait for the next picture to send."""
        while True:
            self._filled.clear()
            picture = self._poll_coming() or self._poll()
            if picture is not None and self._coming is not None:
                picture = await self._better_of_the_same_capture() or picture
            if picture is not None:
                self._last_rtp_time = picture.rtp_time
                return picture
            await self._filled.wait()

    async def _better_of_the_same_capture(self) -> Picture | None:
        """Return the first picture of the rendition to go over to, if it comes in a moment: the larger takes longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._filled.clear()
                    picture = self._poll_coming()
                    if picture is not None:
                        return picture
                    await self._filled.wait()
        return None

    def ask_keyframe(self) -> None:
        """The viewer cannot go on without a keyframe; it gets one soon, but not too often."""
        self._asks = True

    def watch(self, rendition: Rendition | None, *, at_once: bool) -> None:
        """Go over to `rendition`: at once, or with its first keyframe."""
        if self._coming is not None and self._coming[0] is not rendition:
            self._coming[0].leave(self._coming[1])
            self._coming = None
        if rendition is self.watched:
            return
        if at_once or rendition is None or self.watched is None:
            self.leave()
            if rendition is not None:
                self.watched, self._feed = rendition, rendition.join(self._filled)
        elif self._coming is None:
            self._coming = rendition, rendition.join(self._filled)

    def watches(self, rendition: Rendition) -> bool:
        """Return whether its pictures come from `rendition`, or are about to."""
        return rendition is self.watched or (self._coming is not None and rendition is self._coming[0])

    def pass_on_request(self, *, now_ns: int) -> None:
        """Ask for the keyframe that the viewer wants, when it is time."""
        if self._asks and now_ns - self._asked_ns >= _KEYFRAME_PAUSE_NS:
            self._asks, self._asked_ns = False, now_ns
            if self.watched is not None:
                self.watched.ask_keyframe()

    def leave(self) -> None:
        """Watch nothing."""
        if self.watched is not None and self._feed is not None:
            self.watched.leave(self._feed)
        if self._coming is not None:
            self._coming[0].leave(self._coming[1])
        self.watched = self._feed = self._coming = None

    def _poll_coming(self) -> Picture | None:
        if self._coming is None:
            return None
        rendition, feed = self._coming
        picture = feed.poll()
        if picture is None:
            return None
        if not self._is_newer(picture):
            feed.resync()  # of a capture that was sent already: the next will do
            return None
        self._coming = None
        self.leave()
        self.watched, self._feed = rendition, feed
        return picture

    def _poll(self) -> Picture | None:
        while self._feed is not None and (picture := self._feed.poll()) is not None:
            if self._is_newer(picture):
                return picture
        return None

    def _is_newer(self, picture: Picture) -> bool:
        if self._last_rtp_time is None:
            return True
        return 0 < (picture.rtp_time - self._last_rtp_time) % RTP_TIME_SPAN < _HALF


class Subscriptions:
    """All viewers of one camera's renditions, which are given best first."""

    def __init__(self, renditions: Sequence[Rendition]) -> None:
        self._renditions = {
            Bounds(name=each.name, floor_bps=each.floor_bps, ceiling_bps=each.ceiling_bps): each for each in renditions
        }
        self._ladders = {
            each: Ladder(pixels=round(FULL_PIXELS * each.full_scale**2), rate_hz=each.full_rate_hz)
            for each in renditions
        }
        self._assignment = Assignment(tuple(self._renditions))
        self._subscriptions: list[Subscription] = []

        self.ceiling_bps: Final = float(max(each.ceiling_bps for each in renditions))

    def __len__(self) -> int:
        return len(self._subscriptions)

    def join(self, flow: Flow, *, session: str, best: int, now_ns: int) -> Subscription:
        """Return the pictures of a viewer with this road; `best` is the first rendition that it may have."""
        subscription = Subscription(flow, session=session, best=best, filled=asyncio.Event())
        self._subscriptions.append(subscription)
        self.settle(now_ns=now_ns)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Forget a viewer; twice is nothing."""
        if subscription in self._subscriptions:
            subscription.leave()
            self._subscriptions.remove(subscription)
            self._assignment.leave(subscription)

    async def run(self) -> None:
        """Keep everything settled until cancelled."""
        while True:
            await asyncio.sleep(SETTLE_S)
            self.settle(now_ns=time.monotonic_ns())

    def settle(self, *, now_ns: int) -> None:
        """Place every viewer, and tell every rendition what it may spend and whether anybody has room for a picture."""
        anew: set[Rendition] = set()
        for subscription in self._subscriptions:
            self._place(subscription, anew, now_ns=now_ns)
        for bounds, rendition in self._renditions.items():
            spendable_bps = self._assignment.spendable_bps(bounds)
            if spendable_bps is not None:
                target = self._ladders[rendition].target(spendable_bps, now_ns=now_ns, anew=rendition in anew)
                _tell(rendition, target)
            rendition.set_open(
                is_open=any(self._has_room(each, rendition, now_ns=now_ns) for each in self._subscriptions)
            )

    def _place(self, subscription: Subscription, anew: set[Rendition], *, now_ns: int) -> None:
        flow = subscription.flow
        if flow.is_out != subscription.is_resting:
            subscription.is_resting = flow.is_out
            _log.info("road_out" if flow.is_out else "road_back", session=subscription.session)
        if flow.is_out:
            subscription.leave()
            self._assignment.rest(subscription)
            return
        at_once = flow.keyframe_wanted and flow.has_room(now_ns=now_ns)
        bounds = self._assignment.place(
            subscription, flow.rate.target_bps, now_ns=now_ns, at_once=at_once, best=subscription.best
        )
        rendition = None if bounds is None else self._renditions[bounds]
        before = subscription.watched
        subscription.watch(rendition, at_once=at_once)
        if subscription.watched is not before:
            seen = None if subscription.watched is None else subscription.watched.name
            _log.info(
                "rendition_changed", session=subscription.session, to=seen, carries_bps=round(flow.rate.target_bps)
            )
        if at_once and subscription.watched is not None:
            anew.add(subscription.watched)
            if subscription.watched is before:
                subscription.ask_keyframe()
        subscription.pass_on_request(now_ns=now_ns)

    @staticmethod
    def _has_room(subscription: Subscription, rendition: Rendition, *, now_ns: int) -> bool:
        return subscription.flow.has_room(now_ns=now_ns) and subscription.watches(rendition)


def _tell(rendition: Rendition, target: Target) -> None:
    now = rendition.target
    is_same = now.rate_hz == target.rate_hz and now.scale == target.scale
    if not is_same or abs(now.bitrate_bps - target.bitrate_bps) > _WORTH_SAYING * now.bitrate_bps:
        rendition.set_target(target)
