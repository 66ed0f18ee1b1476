"""How fit the robot is for a show, as far as a running agent can tell without disturbing anything. Pure.

`stagebridge doctor` tells more, with the agent stopped; both judge by the limits below.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S, to_ms
from teleop_core.wire.messages import (
    MAX_CHECKS,
    CameraHealth,
    Cameras,
    CameraState,
    CheckLine,
    Health,
    Readiness,
    Sound,
    Status,
    Telemetry,
)

CLOCK_OFF_MS: Final = 2_000.0
CLOCK_WRONG_MS: Final = 60_000.0  # credentials expire by it
LATE_MS: Final = 5.0  # of a 20 ms tick
TOO_LATE_MS: Final = 20.0
POOR_RTT_MS: Final = 250.0
LOW_BATTERY: Final = 0.2

_BEACON_MS: Final = 50.0
_STRIDE_MS: Final = 10.0  # beacons leave on 20 ms ticks: every other one is half a tick behind its time
_BEACONS_KEPT: Final = 200
_SILENT_NS: Final = 3 * NS_PER_S
_ABOUT_CHARS: Final = 60
_MAX_FAULTS: Final = 4
_MAX_CAMERAS: Final = 8


@dataclass(frozen=True, slots=True)
class Relays:
    """What is known of TURN: whether there is any server, and the one that answers."""

    known: bool
    chosen: str | None


@dataclass(slots=True, kw_only=True)
class Witnessed:
    """What the agent has heard, and when by its monotonic clock; it may be told anything at any time."""

    telemetry: Telemetry | None = None
    status: Status | None = None
    cameras: Cameras | None = None
    cameras_ns: int = 0
    sound: Sound | None = None
    sound_ns: int = 0
    bridge_clock: tuple[int, int] | None = None  # what it said in Unix ms, and when
    _late: "deque[tuple[str, int, float]]" = field(default_factory=lambda: deque(maxlen=_BEACONS_KEPT))
    _heard_ns: int | None = None

    def hear_telemetry(self, said: Telemetry, *, now_ns: int) -> None:
        """Note a beacon, and how late it is."""
        self.telemetry, self._heard_ns = said, now_ns
        self._late.append((said.epoch, said.tick, to_ms(now_ns)))

    def hear_cameras(self, said: Cameras, *, now_ns: int) -> None:
        """Note how the cameras are."""
        self.cameras, self.cameras_ns = said, now_ns

    def hear_sound(self, said: Sound, *, now_ns: int) -> None:
        """Note how the hall sounds."""
        self.sound, self.sound_ns = said, now_ns

    def is_silent(self, *, now_ns: int) -> bool:
        """Return whether the motion process says nothing now."""
        return self._heard_ns is None or now_ns - self._heard_ns > _SILENT_NS

    def late_ms(self) -> float:
        """Return by how much 95 of 100 beacons at most were later than the quickest, for its number."""
        epoch = self._late[-1][0] if self._late else ""
        since = [at_ms - tick * _BEACON_MS for boot, tick, at_ms in self._late if boot == epoch]
        if not since:
            return 0.0
        ordered = sorted(since)
        return max(0.0, ordered[math.ceil(0.95 * len(ordered)) - 1] - ordered[0] - _STRIDE_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How the agent's own links are at this moment."""

    round_trip_ms: float | None  # to the bridge; None while it is away
    relays: Relays | None  # None while there is no media plane
    has_voice: bool


def readiness(seen: Witnessed, outlook: Outlook, *, now_ns: int, now_unix_ms: int) -> Readiness:
    """Return what to tell staff."""
    lines = (
        *_driver(seen, now_ns=now_ns),
        _loop(seen, now_ns=now_ns),
        *_battery(seen),
        *_cameras(seen, now_ns=now_ns),
        *(_sound(seen, now_ns=now_ns) if outlook.has_voice else ()),
        _bridge(outlook.round_trip_ms),
        _relays(outlook.relays),
        _clock(seen, outlook.round_trip_ms, now_ns=now_ns, now_unix_ms=now_unix_ms),
    )
    return Readiness(at_unix_ms=now_unix_ms, lines=lines[:MAX_CHECKS])


def _driver(seen: Witnessed, *, now_ns: int) -> Sequence[CheckLine]:
    if seen.is_silent(now_ns=now_ns):
        return (_line("driver", Health.RED, "silent"),)
    faults = () if seen.status is None else seen.status.faults
    if faults:
        return [_line("driver", Health.RED, "fault", about=fault) for fault in _different(faults)[:_MAX_FAULTS]]
    return (_line("driver", Health.GREEN, "healthy"),)


def _loop(seen: Witnessed, *, now_ns: int) -> CheckLine:
    if seen.is_silent(now_ns=now_ns):
        return _line("loop", Health.RED, "silent")
    late_ms = seen.late_ms()
    if late_ms >= TOO_LATE_MS:
        return _line("loop", Health.RED, "tooLate", p95_ms=late_ms)
    late = late_ms >= LATE_MS
    return _line("loop", Health.AMBER if late else Health.GREEN, "late" if late else "prompt", p95_ms=late_ms)


def _battery(seen: Witnessed) -> Sequence[CheckLine]:
    share = None if seen.telemetry is None else seen.telemetry.battery
    if share is None:
        return ()
    low = share < LOW_BATTERY
    return (_line("battery", Health.AMBER if low else Health.GREEN, "low" if low else "good", charge=share),)


def _cameras(seen: Witnessed, *, now_ns: int) -> Sequence[CheckLine]:
    if seen.cameras is None or now_ns - seen.cameras_ns > _SILENT_NS:
        return (_line("eye", Health.RED, "none"),)
    return [
        _line("eye", _health_of(each), each.health.value, about=each.name)
        for each in seen.cameras.cameras[:_MAX_CAMERAS]
    ]


def _sound(seen: Witnessed, *, now_ns: int) -> Sequence[CheckLine]:
    if seen.sound is None or now_ns - seen.sound_ns > _SILENT_NS:
        return (_line("sound", Health.RED, "silent"),)
    if seen.sound.missing:
        return (_line("sound", Health.RED, "missing", about=seen.sound.missing),)
    return (_line("sound", Health.GREEN, "works"),)


def _bridge(round_trip_ms: float | None) -> CheckLine:
    if round_trip_ms is None:
        return _line("uplink", Health.AMBER, "unknown")
    slow = round_trip_ms > POOR_RTT_MS
    return _line("uplink", Health.AMBER if slow else Health.GREEN, "slow" if slow else "quick", rtt_ms=round_trip_ms)


def _relays(relays: Relays | None) -> CheckLine:
    if relays is None:
        return _line("relay", Health.AMBER, "unknown")
    if relays.chosen is not None:
        return _line("relay", Health.GREEN, "chosen", about=relays.chosen)
    return _line("relay", Health.RED, "silent") if relays.known else _line("relay", Health.AMBER, "none")


def _clock(seen: Witnessed, round_trip_ms: float | None, *, now_ns: int, now_unix_ms: int) -> CheckLine:
    if seen.bridge_clock is None or round_trip_ms is None:
        return _line("clock", Health.AMBER, "unknown")
    said_unix_ms, said_ns = seen.bridge_clock
    ahead_ms = now_unix_ms - said_unix_ms - (now_ns - said_ns) / NS_PER_MS
    surely_ms = max(0.0, abs(ahead_ms) - round_trip_ms)
    word, health = "right", Health.GREEN
    if surely_ms >= CLOCK_WRONG_MS:
        word, health = "wrong", Health.RED
    elif surely_ms >= CLOCK_OFF_MS:
        word, health = "off", Health.AMBER
    return _line("clock", health, word, ahead_ms=ahead_ms, error_ms=round_trip_ms)


def _health_of(camera: CameraState) -> Health:
    """By the drive camera the driver steers; the show goes on without another."""
    if camera.health is CameraHealth.LIVE:
        return Health.GREEN
    return Health.RED if camera.drive else Health.AMBER


def _line(check: str, health: Health, seen: str, *, about: str = "", **figures: float) -> CheckLine:
    rounded = {name: round(value, 2) for name, value in figures.items()}
    return CheckLine(check=check, health=health, seen=seen, figures=rounded, about=about[:_ABOUT_CHARS])


def _different(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text[:_ABOUT_CHARS] for text in texts))
