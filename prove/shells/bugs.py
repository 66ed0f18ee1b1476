"""Bugs planted in the shells on purpose: the runs must find each of them, or their judges see nothing.

Each is one small mistake that somebody could make, put into the very classes that run, and taken out again.
`python -m prove.shells --planted` says after how many runs each was found.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

from bridge import room
from prove.clock import NOBODY
from prove.shells.runs import first_of, live
from robot_agent import bridge_link
from robot_agent.bridge_link import BridgeLink
from robot_agent.motion.driver_slot import DriverSlot
from robot_agent.motion.loop import MotionLoop
from robot_agent.motion.memory import MemoryKeeper
from robot_agent.motion.watchdog import SleepWatch
from robot_agent.motion_process import MotionProcess
from robot_agent.switchboard import Switchboard
from robot_agent.uplinks import Uplinks
from robot_agent.viewers import Viewers
from teleop_core.wire import messages as m

MOST_RUNS: Final = 400


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug: where, what is replaced, and by what."""

    name: str
    owner: object
    attribute: str
    body: Callable[..., Any]


# The bodies below are the shells' own with one thing wrong; they reach into them as no other code may.


def _welcomes_with_what_was_left(self: Any, outbox: Any, welcome: Any) -> None:
    BridgeLink_welcomed(self, outbox, welcome)
    left, self._on_frame = getattr(self, "_left", None), _keep_last(self)
    if left is not None:
        self._on_frame(left)


def _keep_last(self: Any) -> Callable[[Any], None]:
    """Return an `on_frame` that remembers the last word of a person."""
    pass_on = getattr(self, "_pass_on", self._on_frame)
    self._pass_on = pass_on

    def keep(frame: Any) -> None:
        if isinstance(frame, m.FromPeer):
            self._left = frame
        pass_on(frame)

    return keep


def _keeps_everything(self: Any, to: Any, lane: Any, kind: str, body: bytes) -> None:
    Uplinks_send(self, to, lane, kind if self.is_up else "event", body)


def _never_waits_longer(attempt: int, *, retryable: bool, dice: Any) -> float:
    del attempt
    return bridge_link_delay(0, retryable=retryable, dice=dice)


async def _beats_from_elsewhere(self: Any, channel: Any, child: Any) -> None:
    beat = MotionProcess_beat(self, channel, child)
    await asyncio.get_running_loop().create_task(beat, context=NOBODY.copy())


def _always_has_a_bridge(self: Any) -> None:
    self.motion.bridge_up = self.motion.bridge_up or self.uplinks.is_up


def _says_nothing_of_a_death(self: Any, reason: str) -> None:
    del self, reason


def _speaks_at_once(self: Any, *, now_ns: int) -> None:
    self._notice_memory(now_ns=now_ns)
    with mock.patch.object(MemoryKeeper, "is_settled", new=True):
        MotionLoop_speak(self, now_ns=now_ns)


def _takes_a_full_disk_for_kept(self: Any) -> None:
    while (result := self._disk.take_result()) is not None:
        self._kept = self._tried = result[0]


def _goes_on_after_an_opening(self: Any, twist: Any, *, ttl_ms: int, now_ns: int) -> Any:
    self._must_rest = False
    return DriverSlot_set_velocity(self, twist, ttl_ms=ttl_ms, now_ns=now_ns)


def _never_slept(self: Any, *, due_ns: int, now_ns: int, boot_ns: int) -> None:
    del self, due_ns, now_ns, boot_ns


def _stays_without_an_agent(self: Any, cause: Any, detail: str) -> None:
    if cause is not m.StopCause.AGENT_SILENT:
        MotionLoop_end(self, cause, detail)


def _hears_of_no_dismissal(self: Any, peers: Any, *, now_ns: int, dismissed: Any = ()) -> None:
    del dismissed
    Viewers_present(self, peers, now_ns=now_ns)


def _writes_without_asking(self: Any) -> bool:
    while (frame := self.outbox.take()) is not None:
        self._link.send_frame(frame)
    return True


def _goes_on() -> None:
    """Let whoever was cancelled go on."""


BridgeLink_welcomed: Final = BridgeLink._welcomed
Uplinks_send: Final = Uplinks.send
bridge_link_delay: Final = bridge_link._delay_s
MotionProcess_beat: Final = MotionProcess._beat
MotionLoop_speak: Final = MotionLoop._speak
MotionLoop_end: Final = MotionLoop._end
DriverSlot_set_velocity: Final = DriverSlot.set_velocity
Viewers_present: Final = Viewers.present

BUGS: Final = (
    Planted("the link passes on after a break what came before", BridgeLink, "_welcomed", _welcomes_with_what_was_left),
    Planted("the link says after a break what was said before", Uplinks, "send", _keeps_everything),
    Planted("the link redials as fast as at first", bridge_link, "_delay_s", _never_waits_longer),
    Planted("a link that is cancelled as it breaks goes on", bridge_link, "end_if_cancelled", _goes_on),
    Planted("heartbeats that do not come from the agent's loop", MotionProcess, "_beat", _beats_from_elsewhere),
    Planted("the agent says that it has a bridge, once it had", Switchboard, "_bridge_changed", _always_has_a_bridge),
    Planted("nobody is told that the motion process died", Switchboard, "_away", _says_nothing_of_a_death),
    Planted("who was sent off goes on over the data channel", Viewers, "present", _hears_of_no_dismissal),
    Planted("the motion loop speaks before its memory is settled", MotionLoop, "_speak", _speaks_at_once),
    Planted("a full disk counts as kept", MemoryKeeper, "_hear_disk", _takes_a_full_disk_for_kept),
    Planted("a driver that was opened anew goes on", DriverSlot, "set_velocity", _goes_on_after_an_opening),
    Planted("the motion loop does not notice that it slept", SleepWatch, "slept", _never_slept),
    Planted("the motion process outlives its agent", MotionLoop, "_end", _stays_without_an_agent),
    Planted("the bridge writes into a link that is full", room._Writer, "_write", _writes_without_asking),
)


def find(bug: Planted, *, runs: int = MOST_RUNS, first_seed: int = 0) -> tuple[int, str] | None:
    """Return after how many runs `bug` was found, and by what; None when `runs` runs did not find it."""
    with mock.patch.object(bug.owner, bug.attribute, bug.body):
        for number in range(runs):
            try:
                live(first_seed + number)
            except (Exception, BaseExceptionGroup) as exc:  # noqa: BLE001 - whatever it raises is what was found
                return number + 1, str(first_of(exc))
    return None
