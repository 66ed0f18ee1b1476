"""The roads of `profiles.toml` by their names."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from simulator.network.way import Fade, Weather
from teleop_core.errors import ConfigError
from teleop_core.timebase import NS_PER_MS, NS_PER_S

FILE: Final = Path(__file__).with_name("profiles.toml")


class _Fade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    every_s: float
    lasts_ms: float
    loss: float = 1.0
    holds: bool = False


class _Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    delay_ms: float
    jitter_ms: float = 0.0
    loss: float = 0.0
    overtaken: float = 0.0
    rate_mbps: float = 0.0
    queue_ms: float = 250.0
    fades: tuple[_Fade, ...] = ()


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: str
    notes: str
    both: dict[str, object] = {}
    to_robot: dict[str, object] = {}
    from_robot: dict[str, object] = {}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A road between a presenter and a robot, in words and as the weather of its two ways."""

    name: str
    words: str
    notes: str
    to_robot: Weather
    from_robot: Weather

    @property
    def round_trip_ms(self) -> float:
        """There and back, at the least."""
        return (self.to_robot.delay_ns + self.from_robot.delay_ns) / NS_PER_MS


@cache
def profiles() -> Mapping[str, Profile]:
    """Return all of them, in the order of the file."""
    tables = msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, _Table])
    return {
        name: Profile(
            name=name,
            words=table.words,
            notes=table.notes.strip(),
            to_robot=_weather({**table.both, **table.to_robot}),
            from_robot=_weather({**table.both, **table.from_robot}),
        )
        for name, table in tables.items()
    }


def profile(name: str) -> Profile:
    """Return the road of that name.

    Raises:
        ConfigError: there is none.

    """
    known = profiles()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ConfigError(f"expected a link of {', '.join(known)}, got {name!r}{hint}")


def _weather(table: Mapping[str, object]) -> Weather:
    way = msgspec.convert(table, _Way)
    return Weather(
        delay_ns=round(way.delay_ms * NS_PER_MS),
        jitter_ns=round(way.jitter_ms * NS_PER_MS),
        loss=way.loss,
        in_turn=True,
        overtaken=way.overtaken,
        rate_bps=way.rate_mbps * 1e6,
        queue_ns=round(way.queue_ms * NS_PER_MS),
        fades=tuple(
            Fade(
                every_ns=round(fade.every_s * NS_PER_S),
                lasts_ns=round(fade.lasts_ms * NS_PER_MS),
                loss=fade.loss,
                holds=fade.holds,
            )
            for fade in way.fades
        ),
    )
