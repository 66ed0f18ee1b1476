"""All uplinks of a robot to its bridge, as one: over a venue's line and a mobile network, say, at the same time.

What the robot says goes over each of them, under one number, and the bridge passes on the first copy. What people say
comes over each of them too, and of each frame the first copy counts. So an uplink that is cut loses nothing while
another is up.

A STOP passes in case of doubt. One that comes seconds later over a slow uplink would undo a reset, so it is held back
where this very frame, or a later repeat of the same STOP, was passed on before. Whoever repeats a STOP is heard again.
"""

import asyncio
import collections
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Raw

from robot_agent.bridge_link import SYSTEM_DICE, BridgeLink
from robot_agent.config import UplinkSettings
from robot_agent.dialling import Dial, dial
from robot_agent.sniff import kind_of
from teleop_core.copies import Copies
from teleop_core.said import id_in
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode

EVENTS_KEPT_WHILE_AWAY: Final = 200
BOOT_BYTES: Final = 16

_STATES: Final = frozenset({"drive", "lease_renew", "watch"})  # of which the newest counts


class Uplinks:
    """The connections of one agent's process to the bridge, each with its own back-off; never none.

    `on_change` is called when one of them comes or goes. `clock` is CLOCK_MONOTONIC in nanoseconds; `dice` draws how
    long to wait before dialling again.
    """

    def __init__(
        self,
        uplinks: Sequence[UplinkSettings],
        *,
        url: str,
        robot: str,
        key: str,
        on_frame: Callable[[m.ToRobot], None],
        on_change: Callable[[], None],
        dial: Dial = dial,
        clock: Callable[[], int] = time.monotonic_ns,
        dice: random.Random = SYSTEM_DICE,
    ) -> None:
        self._on_frame = on_frame
        self._on_change = on_change
        self._copies = Copies()
        self._kept: collections.deque[bytes] = collections.deque(maxlen=EVENTS_KEPT_WHILE_AWAY)
        self._said = 0
        boot = secrets.token_hex(BOOT_BYTES)
        self._links = tuple(
            BridgeLink(
                url=url,
                robot=robot,
                key=key,
                boot=boot,
                uplink=uplink,
                on_frame=self._heard,
                on_change=self._changed,
                dial=dial,
                clock=clock,
                dice=dice,
            )
            for uplink in uplinks
        )

    @property
    def is_up(self) -> bool:
        """Whether the bridge has welcomed this robot, over any of them."""
        return any(link.is_up for link in self._links)

    @property
    def are_several(self) -> bool:
        """Whether there is more than one."""
        return len(self._links) > 1

    @property
    def round_trip_ms(self) -> float | None:
        """What the last `Ping` took over the quickest of them, None while the bridge is away."""
        told = (link.state.round_trip_ms for link in self._links)
        return min((each for each in told if each is not None), default=None)

    @property
    def is_introduced(self) -> bool:
        """Whether it is known what to say of the robot."""
        return self._links[0].is_introduced

    def introduce(self, profile: m.RobotProfile) -> None:
        """Say what the robot is. Nothing is dialled before; a change is told by dialling again."""
        for link in self._links:
            link.introduce(profile)

    def send(self, to: str | None, lane: m.Lane, kind: str, body: bytes) -> None:
        """Send `body`, a message of the type `kind`; never waits. While the bridge is away only events are kept."""
        self._said += 1
        frame = encode(m.ToPeer(to=to, lane=lane, seq=self._said, body=Raw(body)))
        if not self.is_up:
            if kind == "event":
                self._kept.append(frame)
            return
        for link in self._links:
            if lane is m.Lane.STATE:
                link.put_state((to, kind), frame)
            elif kind == "stop_ack":
                link.put_urgent((to, body), frame)
            else:
                link.put_event(frame)

    def told(self) -> m.Uplinks:
        """Return how they are, for everybody."""
        return m.Uplinks(at_unix_ms=time.time_ns() // NS_PER_MS, uplinks=tuple(link.state for link in self._links))

    async def run(self) -> None:
        """Keep all of them until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for link in self._links:
                tasks.create_task(link.run(), name=f"bridge-link-{link.state.name}")

    def _changed(self) -> None:
        self._copies = Copies()  # the bridge may be another one by now, which numbers from elsewhere
        if self.is_up:
            while self._kept:
                frame = self._kept.popleft()
                for link in self._links:
                    link.put_event(frame)
        self._on_change()

    def _heard(self, message: m.ToRobot) -> None:
        if self.are_several and self._came_before(message):
            return
        self._on_frame(message)

    def _came_before(self, message: m.ToRobot) -> bool:
        """Return whether it is a copy, or a state of which there was a newer one, over another uplink."""
        match message:
            case m.FromPeer(peer=peer, seq=int(seq), body=raw):
                kind = kind_of(bytes(raw))
                was_heard, is_first = self._copies.has(seq), self._copies.is_first(seq)
                if kind == "stop":
                    is_latest = self._copies.is_newest((peer, kind, id_in(bytes(raw))), seq)
                    return was_heard or not is_latest
                if not is_first:
                    return True
                return kind in _STATES and not self._copies.is_newest((peer, kind), seq)
            case m.Roster(seq=int(seq)):
                return not self._copies.is_newest("roster", seq)
            case _:
                return False
