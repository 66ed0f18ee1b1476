"""A rehearsal from one seed: link, people, robot and show, 50 steps a second of stage time, and what came of it."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from simulator.network.profiles import Profile
from simulator.network.way import Way, Weather
from simulator.plant import BaseKind
from simulator.rehearsal.people import Played, PlayedPresenter, PlayedStaff
from simulator.rehearsal.robot import TICK_NS, RehearsedRobot, Told
from teleop_core.errors import WireError
from teleop_core.show.player import Perform
from teleop_core.show.runner import LogLine
from teleop_core.show.script import Script
from teleop_core.timebase import NS_PER_MS, NS_PER_S, ms, seconds, to_seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person
from teleop_core.wire.messages import Road, ShowPhase

LONGEST_S: Final = 3600.0
STUCK_S: Final = 60.0  # without a new line in the cue log and without a metre driven
BESIDE_THE_STAGE: Final = Weather(delay_ns=ms(4))
_BEGAN_NS: Final = NS_PER_S
_AFTERWARDS_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """Nothing of the presenter's link gets through, from `at_s` of the rehearsal on."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How far the robot went in a blackout, and where the hand's last word ran out."""

    blackout: Blackout
    way_m: float
    gestures: tuple[str, ...]  # that the show began meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it. `why` says in words why it did not come to its end."""

    ended: bool
    why: str
    lasted_s: float
    cue_log: tuple[LogLine, ...]
    told: tuple[Told, ...]
    path_m: float
    falls: bool
    in_the_dark: tuple[Moved, ...]
    trace_hash: str


@dataclass(slots=True)
class _Roads:
    """The two roads of one person, both ways."""

    person: Played
    up: dict[Road, Way[bytes]]
    down: dict[Road, Way[bytes]]
    pictures: Way[int]

    def darken(self, until_ns: int) -> None:
        for way in (*self.up.values(), *self.down.values()):
            way.dark_until_ns = until_ns
        self.pictures.dark_until_ns = until_ns


@dataclass(slots=True)
class _Dark:
    blackout: Blackout
    way_m: float = 0.0
    gestures: list[str] = field(default_factory=list)


class Rehearsal:
    """One run of a show against the simulated stage."""

    def __init__(
        self,
        script: Script,
        *,
        seed: int,
        link: Profile | None = None,
        blackouts: Sequence[Blackout] = (),
        base: BaseKind = "differential",
    ) -> None:
        self._script = script
        self._now_ns = _BEGAN_NS
        rng = random.Random(f"{seed}/rehearsal")
        self._presenter = PlayedPresenter(script, rng)
        self._staff = PlayedStaff(script, rng)
        self._robot = RehearsedRobot(script, base=base, seed=seed, now_ns=self._now_ns)
        near = Profile(name="near", words="", notes="", to_robot=BESIDE_THE_STAGE, from_robot=BESIDE_THE_STAGE)
        self._roads = (_roads(self._presenter, link or near, rng), _roads(self._staff, near, rng))
        self._blackouts = [_Dark(each) for each in sorted(blackouts, key=lambda each: each.at_s)]
        self._log: list[LogLine] = []
        self._hash = hashlib.blake2b(digest_size=16)

    def run(self) -> Rehearsed:
        """Play it through, or until nothing happens any more."""
        for roads in self._roads:
            roads.person.join(now_ns=self._now_ns)
        peers = [roads.person.peer for roads in self._roads]
        self._robot.session.peers_changed(peers, now_ns=self._now_ns)
        changed_s, seen, path_m = 0.0, 0, 0.0
        ended_s: float | None = None
        why = ""
        while ended_s is None or self._at_s < ended_s + _AFTERWARDS_S:
            self._step()
            if len(self._log) != seen or self._robot.stage.path_m > path_m + 1.0:
                changed_s, seen, path_m = self._at_s, len(self._log), self._robot.stage.path_m
            if ended_s is None and self._phase is ShowPhase.ENDED:
                ended_s = self._at_s
            if self._at_s - changed_s >= STUCK_S + self._longest_wait_s or self._at_s >= LONGEST_S:
                why = self._why_stuck()
                break
        return self._rehearsed(ended=ended_s is not None, why=why)

    # --- Inside ---

    @property
    def _at_s(self) -> float:
        return to_seconds(self._now_ns - _BEGAN_NS)

    @property
    def _phase(self) -> ShowPhase | None:
        runner = self._robot.player.runner
        return None if runner is None else runner.phase

    @property
    def _longest_wait_s(self) -> float:
        return max(max(cue.lasts_s or 0.0, cue.wait_s) for cue in self._script.cues)

    def _step(self) -> None:
        now_ns = self._now_ns = self._now_ns + TICK_NS
        self._darken()
        for roads in self._roads:
            for road, way in roads.up.items():
                for body in way.arriving(now_ns=now_ns):
                    self._to_robot(body, roads.person.peer, road, now_ns=now_ns)
        before_m = self._robot.stage.path_m
        self._robot.tick(now_ns=now_ns)
        self._note_dark(self._robot.stage.path_m - before_m)
        self._from_robot(now_ns=now_ns)
        for roads in self._roads:
            self._person_acts(roads, now_ns=now_ns)
        self._log.extend(self._robot.player.take_log())

    def _to_robot(self, body: bytes, peer: m.Peer, road: Road, *, now_ns: int) -> None:
        try:
            message = decode_from_person(body)
        except WireError:
            return
        self._robot.receive(body, message, peer=peer, road=road, now_ns=now_ns)

    def _from_robot(self, *, now_ns: int) -> None:
        pictures = self._robot.take_pictures()
        for outgoing in self._robot.take_outgoing():
            for roads in self._roads:
                if outgoing.to in {None, roads.person.peer.id}:
                    for way in roads.down.values():
                        way.send(outgoing.body, now_ns=now_ns, bits=8 * len(outgoing.body))
        for roads in self._roads:
            for rtp_time in pictures:
                roads.pictures.send(rtp_time, now_ns=now_ns)

    def _person_acts(self, roads: _Roads, *, now_ns: int) -> None:
        person = roads.person
        for way in roads.down.values():
            for body in way.arriving(now_ns=now_ns):
                person.receive(body, now_ns=now_ns)
        for rtp_time in roads.pictures.arriving(now_ns=now_ns):
            person.session.picture_shown(rtp_time)
        assert isinstance(person, PlayedPresenter | PlayedStaff)  # noqa: S101 - there are no others
        person.tick(now_ns=now_ns)
        person.session.tick(now_ns=now_ns)
        for body in (*person.session.messages_to_send(), *person.extra):
            for way in roads.up.values():
                way.send(body, now_ns=now_ns, bits=8 * len(body))
        person.extra.clear()

    def _darken(self) -> None:
        for dark in self._blackouts:
            began_s = dark.blackout.at_s
            if began_s <= self._at_s < began_s + to_seconds(TICK_NS):
                self._roads[0].darken(self._now_ns + seconds(dark.blackout.for_s))

    def _note_dark(self, way_m: float) -> None:
        for dark in self._blackouts:
            began_s, for_s = dark.blackout.at_s, dark.blackout.for_s
            if began_s <= self._at_s < began_s + for_s:
                dark.way_m += way_m
                told = self._robot.told
                for each in reversed(told):
                    if each.at_ns < self._now_ns - _BEGAN_NS:
                        break
                    if isinstance(each.effect, Perform) and each.effect.name is not None:
                        dark.gestures.append(each.effect.name)

    def _why_stuck(self) -> str:
        runner = self._robot.player.runner
        if runner is None or runner.index >= len(self._script.cues):
            return "nothing happened any more"
        cue = self._script.cues[runner.index]
        held = "" if runner.held is None else f", held for {runner.held.value}"
        need = "" if runner.need is None else f" ({runner.need.value})"
        telemetry = self._presenter.session.telemetry
        limit = "" if telemetry is None else f"; the robot is limited by {telemetry.limit.value}"
        return f"cue {runner.index + 1} ({cue.title}) did not end: {runner.phase.value}{held}{need}{limit}"

    def _rehearsed(self, *, ended: bool, why: str) -> Rehearsed:
        stage = self._robot.stage
        self._hash.update(stage.trace_hash.encode())
        for line in self._log:
            self._hash.update(repr((line.at_ns, line.cue, line.word.value, line.detail)).encode())
        for told in self._robot.told:
            self._hash.update(repr((told.at_ns, type(told.effect).__name__)).encode())
            self._hash.update(repr(told.effect).encode())
        return Rehearsed(
            ended=ended,
            why=why,
            lasted_s=self._at_s,
            cue_log=tuple(self._log),
            told=tuple(self._robot.told),
            path_m=stage.path_m,
            falls=stage.fallen,
            in_the_dark=tuple(
                Moved(blackout=each.blackout, way_m=each.way_m, gestures=tuple(each.gestures))
                for each in self._blackouts
            ),
            trace_hash=self._hash.hexdigest(),
        )


def log_as_json(log: Sequence[LogLine]) -> list[dict[str, object]]:
    """Return the cue log as JSON has it."""
    return [
        {
            "at_ms": line.at_ns // NS_PER_MS,
            "cue": line.cue + 1,
            "title": line.title,
            "what": line.word.value,
            **({"detail": line.detail} if line.detail else {}),
        }
        for line in log
    ]


def effects_as_json(told: Sequence[Told]) -> list[dict[str, object]]:
    """Return what the show had done as JSON has it."""
    return [
        {"at_ms": each.at_ns // NS_PER_MS, "do": type(each.effect).__name__.lower(), **_fields(each.effect)}
        for each in told
    ]


def _fields(effect: object) -> dict[str, object]:
    names = getattr(type(effect), "__dataclass_fields__", {})
    return {name: msgspec.to_builtins(getattr(effect, name)) for name in names if name not in {"key", "request"}}


def _roads(person: Played, profile: Profile, rng: random.Random) -> _Roads:
    def way(weather: Weather, *, ordered: bool) -> Way[bytes]:
        return Way(random.Random(rng.random()), replace(weather, ordered=ordered))

    return _Roads(
        person=person,
        up={
            Road.BRIDGE: way(profile.to_robot, ordered=True),
            Road.DIRECT: way(profile.to_robot, ordered=False),
        },
        down={
            Road.BRIDGE: way(profile.from_robot, ordered=True),
            Road.DIRECT: way(profile.from_robot, ordered=False),
        },
        pictures=Way(random.Random(rng.random()), replace(profile.from_robot, rate_bps=0.0)),
    )
