"""One WebSocket of the robot to the bridge: dials out, and redials for ever.

One writer task empties an `Outbox`, so telemetry that waits is replaced by newer and nothing else is lost. A link that
has been silent for 3 s although a `Ping` leaves every second is dead.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Hashable
from typing import Final, NoReturn

import structlog
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from robot_agent.cancelling import end_if_cancelled
from robot_agent.config import THE_ONLY_UPLINK, UplinkSettings
from robot_agent.dialling import OPEN_S, Connection, Dial, dial
from teleop_core.errors import LinkError, WireError, WireFault
from teleop_core.outbox import Outbox, Put
from teleop_core.timebase import NS_PER_MS, seconds, to_ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_robot, encode

FIRST_DELAY_S: Final = 0.2
LONGEST_DELAY_S: Final = 5.0
SHORTEST_DELAY_S: Final = 0.05
REFUSED_DELAY_S: Final = (5.0, 10.0)
PROVEN_NS: Final = seconds(5)  # a link that held so long is redialled at once
PING_PERIOD_S: Final = 1.0
DEAD_NS: Final = seconds(3)
FIRST_REFUSAL: Final = 4400
LAST_REFUSAL: Final = 4499
HTTP_SERVER_ERROR: Final = 500
SYSTEM_DICE: Final = secrets.SystemRandom()


class BridgeLink:
    """One uplink of a robot to its bridge, for as long as the agent runs.

    `clock` is CLOCK_MONOTONIC in nanoseconds; `dice` draws how long to wait before dialling again.
    """

    def __init__(
        self,
        *,
        url: str,
        robot: str,
        key: str,
        boot: str,
        uplink: UplinkSettings = THE_ONLY_UPLINK,
        on_frame: Callable[[m.ToRobot], None],
        on_change: Callable[[], None],
        dial: Dial = dial,
        clock: Callable[[], int] = time.monotonic_ns,
        dice: random.Random = SYSTEM_DICE,
    ) -> None:
        self._url = url
        self._robot = robot
        self._key = key
        self._boot = boot
        self._uplink = uplink
        self._on_frame = on_frame
        self._on_change = on_change
        self._dial = dial
        self._clock = clock
        self._dice = dice
        self._profile: m.RobotProfile | None = None
        self._profile_known = asyncio.Event()
        self._outbox: Outbox | None = None
        self._connection: Connection | None = None
        self._heard_ns = 0
        self._pings = 0
        self._pinged_ns = 0
        self._round_trip_ns: int | None = None
        self._log = structlog.get_logger("bridge-link", uplink=uplink.name)
        self.refused = 0  # frames of the bridge that are none of this protocol

    @property
    def is_up(self) -> bool:
        """Whether the bridge has welcomed this robot."""
        return self._outbox is not None

    @property
    def state(self) -> m.UplinkState:
        """How it is, for display; the round trip is what the last `Ping` took."""
        round_trip_ms = None if self._round_trip_ns is None else round(to_ms(self._round_trip_ns), 1)
        return m.UplinkState(name=self._uplink.name, up=self.is_up, round_trip_ms=round_trip_ms)

    @property
    def is_introduced(self) -> bool:
        """Whether it is known what to say of the robot."""
        return self._profile is not None

    def introduce(self, profile: m.RobotProfile) -> None:
        """Say what the robot is. Nothing is dialled before; a change is told by dialling again."""
        changed, self._profile = self._profile not in (None, profile), profile
        self._profile_known.set()
        if changed and self._connection is not None:
            self._log.info("link.reintroducing", model=profile.model)
            self._connection.transport.abort()

    def put_state(self, key: Hashable, frame: bytes) -> None:
        """Send the newest of `key`, unless the bridge is away; like the others, this never waits."""
        if self._outbox is not None:
            self._outbox.put_state(key, frame)

    def put_urgent(self, key: Hashable, frame: bytes) -> None:
        """Send ahead of all else, unless the bridge is away."""
        if self._outbox is not None:
            self._outbox.put_urgent(key, frame)

    def put_event(self, frame: bytes) -> None:
        """Send in order, unless the bridge is away."""
        if self._outbox is not None and self._outbox.put_event(frame) is Put.ENDED and self._connection is not None:
            self._connection.transport.abort()

    async def run(self) -> None:
        """Dial, serve, dial again, until cancelled."""
        await self._profile_known.wait()
        attempt = 0
        while True:
            began_ns = self._clock()
            try:
                await self._serve()
            except LinkError as exc:
                if self._clock() - began_ns >= PROVEN_NS:
                    attempt = 0
                delay_s = _delay_s(attempt, retryable=exc.retryable, dice=self._dice)
                attempt += 1
                say = self._log.warning if exc.retryable else self._log.error
                say("link.down", bridge=self._url, reason=str(exc), redial_in_s=round(delay_s, 2))
                await asyncio.sleep(delay_s)

    async def _serve(self) -> None:
        """Hold one connection until it ends.

        Raises:
            LinkError: always; how it ended.

        """
        ends: list[BaseException] = []
        try:
            await self._hold()
        except* (OSError, WebSocketException, WireError) as group:  # a TimeoutError is an OSError
            ends.extend(_leaves(group))
        finally:
            self._connection = None
            self._round_trip_ns = None
            if self._outbox is not None:
                self._outbox = None
                self._on_change()
        end_if_cancelled()
        raise _link_error(ends)

    async def _hold(self) -> None:
        wake = asyncio.Event()
        outbox = Outbox(wake=wake.set)
        async with await self._dial(self._url, self._uplink) as connection:
            self._connection = connection
            self._heard_ns = self._clock()
            await connection.send(self._hello(), text=True)
            async with asyncio.timeout(OPEN_S):
                welcome = decode_to_robot(await connection.recv(decode=False))
            if not isinstance(welcome, m.Welcome):
                raise WireError(WireFault.BAD_FIELD, f"expected a Welcome first, got {type(welcome).__name__}")
            self._welcomed(outbox, welcome)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_write(connection, outbox, wake), name="bridge-writer")
                tasks.create_task(self._ping(connection, outbox), name="bridge-ping")
                await self._read(connection)

    def _hello(self) -> bytes:
        if self._profile is None:
            raise LinkError("nothing is known of the robot yet", retryable=True)
        return encode(
            m.RobotHello(
                version=m.PROTOCOL_VERSION,
                robot=self._robot,
                key=self._key,
                profile=self._profile,
                boot=self._boot,
                uplink=self._uplink.name,
            )
        )

    def _welcomed(self, outbox: Outbox, welcome: m.Welcome) -> None:
        self._outbox = outbox
        self._log.info("link.up", bridge=self._url)
        self._on_change()
        self._on_frame(welcome)

    async def _read(self, connection: Connection) -> NoReturn:
        while True:
            frame = await connection.recv(decode=False)
            self._heard_ns = self._clock()
            try:
                message = decode_to_robot(frame)
            except WireError as exc:
                self.refused += 1
                if self.refused == 1 or self.refused % 100 == 0:
                    self._log.warning("link.refused_frame", fault=exc.fault.value, count=self.refused)
                continue
            if isinstance(message, m.Pong) and message.id == self._ping_id:
                self._round_trip_ns = self._heard_ns - self._pinged_ns
            self._on_frame(message)

    @property
    def _ping_id(self) -> str:
        return f"r{self._pings}"

    async def _ping(self, connection: Connection, outbox: Outbox) -> NoReturn:
        while True:
            self._pings += 1
            self._pinged_ns = before_ns = self._clock()
            outbox.put_state("ping", encode(m.Ping(id=self._ping_id)))
            await asyncio.sleep(PING_PERIOD_S)
            now_ns = self._clock()
            if now_ns - before_ns > 2 * seconds(PING_PERIOD_S):
                self._heard_ns = now_ns  # it was this process that slept
            if now_ns - self._heard_ns > DEAD_NS:
                connection.transport.abort()
                raise TimeoutError(f"nothing heard for {(now_ns - self._heard_ns) // NS_PER_MS} ms")


async def _write(connection: Connection, outbox: Outbox, wake: asyncio.Event) -> NoReturn:
    while True:
        await wake.wait()
        wake.clear()
        while (frame := outbox.take()) is not None:
            await connection.send(frame, text=True)


def _link_error(ends: list[BaseException]) -> LinkError:
    """Return in words how a connection ended; a refusal that will not change by itself is not `retryable`."""
    for end in ends:
        if isinstance(end, ConnectionClosed) and end.rcvd is not None:
            code, reason = end.rcvd.code, end.rcvd.reason
            words = f"closed by the bridge with {code}{_name(code)}{reason and ': '}{reason}"
            return LinkError(words, retryable=not FIRST_REFUSAL <= code <= LAST_REFUSAL)
        if isinstance(end, InvalidStatus):
            status = end.response.status_code
            return LinkError(f"refused by the bridge with HTTP {status}", retryable=status >= HTTP_SERVER_ERROR)
    if not ends:
        return LinkError("ended", retryable=True)
    return LinkError(f"{type(ends[0]).__name__}: {ends[0]}".removesuffix(": "), retryable=True)


def _name(code: int) -> str:
    try:
        return f" ({m.CloseCode(code).name.lower()})"
    except ValueError:
        return ""


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for each in group.exceptions:
        leaves.extend(_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    return leaves


def _delay_s(attempt: int, *, retryable: bool, dice: random.Random) -> float:
    """Return how long to wait before the next dial: full jitter under a cap that doubles, or slowly after a refusal."""
    if not retryable:
        return dice.uniform(*REFUSED_DELAY_S)
    cap_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(attempt, 10))
    return max(SHORTEST_DELAY_S, dice.uniform(0, cap_s))
