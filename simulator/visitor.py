"""A scripted tab: a real client of the bridge and of the robot's WebRTC, without a page.

The rules are `teleop_core.operator.OperatorSession`, the same that the page has; around them stand a WebSocket that
redials and a WebRTC session that decodes.
"""

import asyncio
import enum
import secrets
import statistics
import time
from collections import deque
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Final, Self

import msgspec

from simulator import barcode
from simulator.knowledge import Knowledge
from simulator.person_link import PersonLink
from simulator.viewer import Shown, Viewer
from teleop_core.operator import OperatorSession
from teleop_core.timebase import NS_PER_S, NS_PER_US, to_ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Road, RobotState

SESSION_RETRY_S: Final = 0.2
TICK_NS: Final = NS_PER_S // 50
ANSWER_S: Final = 5.0
BOTH_ROADS: Final = frozenset({Road.BRIDGE, Road.DIRECT})
_KEPT: Final = 20_000
_AFTER_BRIDGE_S: Final = 0.0005
_DRIVE_HEAD: Final = b'{"type":"drive"'


class _Numbered(msgspec.Struct):
    seq: int


_numbered: Final = msgspec.json.Decoder(_Numbered)


class Picture(enum.Enum):
    """What a person does with the robot's picture."""

    WATCHED = "watched"
    UNSEEN = "unseen"  # no WebRTC session at all


class Visitor(Knowledge):
    """One tab: its connection, its picture and what it knows. All times are this host's monotonic."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        roads: frozenset[Road] = BOTH_ROADS,
        picture: Picture = Picture.WATCHED,
        name: str | None = None,
        client_id: str | None = None,
    ) -> None:
        super().__init__(OperatorSession(token=token, client_id=client_id or secrets.token_hex(6), name=name))
        self.roads = roads
        self.lag_s = 0.0  # how much later than decoded a picture is shown, as on a slow link
        self.telemetry_log: deque[m.Telemetry] = deque(maxlen=_KEPT)
        self.drives_sent_ns: dict[int, int] = {}
        self.frames = 0
        self.last_shown: Shown | None = None
        self.glass_to_glass_ms: deque[float] = deque(maxlen=_KEPT)
        self.dialled_ns = 0
        self.welcomed_ns: int | None = None
        self.first_frame_ns: int | None = None
        self._link = PersonLink(url, hello=self.session.hello, on_frame=self._from_bridge)
        self._picture = picture
        self._frozen = False
        self._viewer: Viewer | None = None
        self._offer_id: str | None = None
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []
        self._pulse = asyncio.Event()

    # --- Coming and going ---

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self.dialled_ns = time.monotonic_ns()
        self._run(self._link.run(), "person-link")
        self._run(self._tick(), "person-tick")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.unwatch()
        for task in self._running:
            task.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if error is None or isinstance(error, asyncio.CancelledError):
                raise _first_leaf(group) from group  # a task of ours failed, not the script

    async def enter(self, *, within_s: float = 10.0) -> Self:
        """Wait until the room is entered, the robot is there and, when watched, its picture is seen."""
        await self.until("the room, with the robot in it", lambda: self.robot_online, within_s=within_s)
        if self._picture is Picture.WATCHED:
            await self.watch(within_s=within_s)
        await self.until("the robot's telemetry", lambda: self.session.telemetry is not None, within_s=within_s)
        return self

    async def watch(self, *, within_s: float = 10.0) -> None:
        """Open a WebRTC session, in place of an older one, and wait for its first picture and its channel.

        A session that fails, or that the robot refuses (its camera may not be there yet), is offered anew.
        """
        deadline = time.monotonic() + within_s
        before = self.frames
        while True:
            await self._offer_session()
            left_s = deadline - time.monotonic()
            await self.until(
                "the picture",
                lambda: (self.frames > before and self.has_channel) or self._session_failed(),
                within_s=max(0.0, left_s),
            )
            if not self._session_failed():
                return
            await asyncio.sleep(SESSION_RETRY_S)

    async def unwatch(self) -> None:
        """Close the WebRTC session, as a page does that goes away."""
        viewer, self._viewer = self._viewer, None
        if viewer is not None:
            if self._offer_id is not None:
                self._link.send(encode(m.RtcClose(id=self._offer_id)))
            await viewer.close()

    def cut_bridge(self) -> None:
        """Lose the WebSocket without a word; it is redialled."""
        self._link.drop()

    def freeze_picture(self, *, frozen: bool = True) -> None:
        """Go on with the picture that is on the screen, whatever comes."""
        self._frozen = frozen

    # --- What is known ---

    @property
    def robot_online(self) -> bool:
        """Whether the bridge says that the robot is connected."""
        return self._link.is_up and self.session.roster is not None and self.session.roster.robot_online

    @property
    def is_connected(self) -> bool:
        """Whether the WebSocket is up."""
        return self._link.is_up

    @property
    def close_code(self) -> int | None:
        """How the bridge closed the last connection."""
        return self._link.close_code

    @property
    def connections(self) -> int:
        """How many times the bridge was said hello to."""
        return self._link.connections

    @property
    def has_channel(self) -> bool:
        """Whether the direct road is open."""
        return self._viewer is not None and self._viewer.is_open

    @property
    def connect_ms(self) -> float:
        """From dialling to the bridge's welcome."""
        return _since_ms(self.dialled_ns, self.welcomed_ns)

    @property
    def first_frame_ms(self) -> float:
        """From dialling to the first decoded picture."""
        return _since_ms(self.dialled_ns, self.first_frame_ns)

    def loop_delay_ms(self) -> float | None:
        """Return the median loop delay that the robot reported while it was driven, None if it never was."""
        seen = [
            each.loop_delay_ms
            for each in self.telemetry_log
            if each.loop_delay_ms is not None and each.state in {RobotState.DRIVING, RobotState.DEGRADED}
        ]
        return statistics.median(seen) if seen else None

    async def until(self, what: str, true: Callable[[], bool], *, within_s: float = ANSWER_S) -> None:
        """Wait for something to come true.

        Raises:
            TimeoutError: it did not in time; the message says `what` and what was seen last.

        """
        deadline = time.monotonic() + within_s
        while not true():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(f"expected {what} within {within_s:g} s; {self.last_seen()}")
            self._pulse.clear()
            try:
                await asyncio.wait_for(self._pulse.wait(), min(left_s, 0.1))
            except TimeoutError:
                continue

    def say(self, frame: bytes, *, road: Road = Road.BRIDGE) -> None:
        """Send any bytes as they are, sense or nonsense."""
        if road is Road.BRIDGE:
            self._link.send(frame)
        elif self._viewer is not None:
            self._viewer.send(frame)

    # --- Inside ---

    def _run(self, work: Coroutine[object, object, None], name: str) -> None:
        self._running.append(self._tasks.create_task(work, name=name))

    async def _tick(self) -> None:
        edge_ns = time.monotonic_ns()
        while True:
            self.session.tick(now_ns=edge_ns)
            self._flush()
            edge_ns += TICK_NS
            late_ns = time.monotonic_ns() - edge_ns
            if late_ns > TICK_NS:
                edge_ns += late_ns
            await asyncio.sleep(max(0, -late_ns) / NS_PER_S)

    def _flush(self) -> None:
        """Send over the bridge first: the direct road is one call that holds up the loop, the other needs the loop."""
        frames = self.session.messages_to_send()
        if Road.BRIDGE in self.roads:
            for frame in frames:
                is_drive = frame.startswith(_DRIVE_HEAD)
                if is_drive:
                    self.drives_sent_ns[_numbered.decode(frame).seq] = time.monotonic_ns()
                (self._link.send_motion if is_drive else self._link.send)(frame)
        if frames and Road.DIRECT in self.roads:
            asyncio.get_running_loop().call_later(_AFTER_BRIDGE_S, self._send_direct, frames)

    def _send_direct(self, frames: list[bytes]) -> None:
        if self._viewer is not None:
            for frame in frames:
                self._viewer.send(frame)

    def _from_bridge(self, frame: str) -> None:
        self._receive(frame)

    def _from_robot(self, frame: bytes) -> None:
        self._receive(frame)

    def _receive(self, frame: bytes | str) -> None:
        message = self.session.receive(frame, now_ns=time.monotonic_ns())
        if message is None:
            return
        match message:
            case m.Welcome():
                self.welcomed_ns = self.welcomed_ns or time.monotonic_ns()
            case m.Telemetry():
                self.telemetry_log.append(message)
            case m.RtcAnswer() if message.id == self._offer_id and self._viewer is not None:
                self._run(self._viewer.watch(message.sdp), "person-picture")
            case _:
                pass
        self._pulse.set()

    def _shown(self, shown: Shown) -> None:
        self.frames += 1
        self.first_frame_ns = self.first_frame_ns or shown.shown_ns
        self.last_shown = shown
        self._read_barcode(shown)
        if not self._frozen:
            asyncio.get_running_loop().call_later(self.lag_s, self.session.picture_shown, shown.rtp_time)
        self._pulse.set()

    async def _offer_session(self) -> None:
        await self.unwatch()
        viewer = Viewer(on_shown=self._shown, on_message=self._from_robot)
        self._viewer = viewer
        self._offer_id = self.session.new_id()
        sdp = await viewer.offer()
        self._link.send(encode(m.RtcOffer(id=self._offer_id, sdp=sdp)))

    def _session_failed(self) -> bool:
        refused = self._offer_id is not None and self.session.answer(self._offer_id) is not None
        return refused or (self._viewer is not None and self._viewer.state in {"failed", "closed"})

    def _read_barcode(self, shown: Shown) -> None:
        """Note how old the picture truly is: the simulated camera writes its capture time into it."""
        stamp = barcode.read(shown.luma())
        if stamp is not None:
            shown_us = shown.shown_ns // NS_PER_US
            self.glass_to_glass_ms.append(((shown_us - stamp.captured_us) % barcode.TIME_MODULUS) / 1000)

    def last_seen(self) -> str:
        """Return in a few words what this person knows, for the message of a test that fails."""
        known, status = self.session.telemetry, self.session.status
        refused = {} if status is None else status.refused
        robot = "nothing of the robot" if known is None else f"{known.state.value}, limited by {known.limit.value}"
        if status is not None and status.latch is not None:
            robot += f" ({status.latch.cause.value}: {status.latch.detail!r})"
        link = "connected" if self._link.is_up else f"not connected (close code {self._link.close_code})"
        return f"saw {robot}, driven by {self.driver}; {link}, {self.frames} pictures, refused {refused}"


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first


def _since_ms(start_ns: int, end_ns: int | None) -> float:
    return float("inf") if end_ns is None else to_ms(end_ns - start_ns)
