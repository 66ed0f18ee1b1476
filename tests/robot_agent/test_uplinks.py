"""All uplinks of a robot as one: what is said goes over each, what is heard over several is heard once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from robot_agent import bridge_link
from robot_agent.config import THE_ONLY_UPLINK, UplinkSettings
from robot_agent.dialling import Connection, dial
from robot_agent.uplinks import EVENTS_KEPT_WHILE_AWAY, Uplinks
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.robot_agent.test_bridge_link import KEY, PROFILE, Gate
from tests.waiting import until

VENUE, MOBILE = UplinkSettings(name="venue", source="127.0.0.1"), UplinkSettings(name="5G", source="127.0.0.1")
TELEMETRY, ACK, EVENT = b'{"type":"telemetry"}', b'{"type":"ack"}', b'{"type":"event"}'

pytestmark = pytest.mark.asyncio


@dataclass
class Cuttable:
    """Dials, unless that uplink is cut."""

    cut: set[str] = field(default_factory=set)

    async def dial(self, url: str, uplink: UplinkSettings) -> Connection:
        if uplink.name in self.cut:
            raise ConnectionRefusedError("cut")
        return await dial(url, THE_ONLY_UPLINK)


class Bridge(Gate):
    """A door that knows which uplink each connection is."""

    def uplink(self, name: str) -> ServerConnection:
        """Return the newest connection of an uplink."""
        return next(
            robot for hello, robot in reversed(list(zip(self.hellos, self.robots, strict=True))) if hello.uplink == name
        )

    async def say(self, name: str, message: m.Message) -> None:
        await self.uplink(name).send(codec.encode(message), text=True)

    def envelopes(self) -> list[m.ToPeer]:
        return [each for each in self.said if isinstance(each, m.ToPeer)]


@dataclass
class Side:
    """The robot's side."""

    uplinks: Uplinks
    gate: Bridge
    network: Cuttable
    frames: list[m.ToRobot]
    changes: list[bool]

    def ups(self) -> list[bool]:
        return [each.up for each in self.uplinks.told().uplinks]

    async def all_up(self) -> None:
        await until(lambda: all(self.ups()) and len(self.gate.robots) == len(self.ups()))

    def heard(self) -> list[m.ToRobot]:
        return [each for each in self.frames if not isinstance(each, m.Pong | m.Welcome)]

    async def until_heard(self, request: str) -> None:
        """Wait until both uplinks have brought all that was said before."""
        for name in ("venue", "5G"):
            await self.gate.say(name, m.Pong(id=f"{request}-{name}"))
        wanted = {f"{request}-{name}" for name in ("venue", "5G")}
        await until(lambda: wanted <= {each.id for each in self.frames if isinstance(each, m.Pong)})


@asynccontextmanager
async def linked(*settings: UplinkSettings, cut: Callable[[], set[str]] = set) -> AsyncIterator[Side]:
    gate, network = Bridge(), Cuttable(cut())
    frames: list[m.ToRobot] = []
    changes: list[bool] = []
    async with serve(gate.serve, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        uplinks = Uplinks(
            settings or (VENUE, MOBILE),
            url=f"ws://127.0.0.1:{port}/ws",
            robot="r-1",
            key=KEY,
            on_frame=frames.append,
            on_change=lambda: changes.append(uplinks.is_up),
            dial=network.dial,
        )
        task = asyncio.create_task(uplinks.run())
        try:
            yield Side(uplinks, gate, network, frames, changes)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def from_peer(seq: int | None, message: m.FromPerson, *, peer: str = "anna") -> m.FromPeer:
    return m.FromPeer(peer=peer, role=m.Role.PRESENTER, body=msgspec.Raw(codec.encode(message)), seq=seq)


def drive(seq: int) -> m.Drive:
    return m.Drive(
        epoch="e1", fence=1, seq=seq, dead_man=True, vx_mps=0.5, vy_mps=0.0, wz_radps=0.0, beacon=1, picture=None
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_link, "LONGEST_DELAY_S", 0.3)


async def test_each_uplink_introduces_the_same_process_by_its_own_name() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()

    first, second = side.gate.hellos
    assert {first.uplink, second.uplink} == {"venue", "5G"}
    assert first.boot == second.boot
    assert first.boot is not None
    async with linked() as other:
        other.uplinks.introduce(PROFILE)
        await other.all_up()
    assert other.gate.hellos[0].boot != first.boot


async def test_what_is_said_goes_over_each_uplink_under_one_number() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()

        side.uplinks.send(None, m.Lane.STATE, "telemetry", TELEMETRY)
        side.uplinks.send("anna", m.Lane.EVENT, "ack", ACK)
        side.uplinks.send("anna", m.Lane.EVENT, "stop_ack", b'{"type":"stop_ack"}')
        await until(lambda: len(side.gate.envelopes()) == 6)

    numbers: dict[bytes, list[int | None]] = {}
    for each in side.gate.envelopes():
        numbers.setdefault(bytes(each.body), []).append(each.seq)
    assert numbers == {TELEMETRY: [1, 1], ACK: [2, 2], b'{"type":"stop_ack"}': [3, 3]}


async def test_the_round_trip_is_that_of_the_quickest_that_is_up() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        for name in ("venue", "5G"):
            await until(lambda: len([each for each in side.gate.said if isinstance(each, m.Ping)]) >= 2)
            await asyncio.sleep(0.02)
            await side.gate.say(name, m.Pong(id="r1"))
            await until(lambda: m.Pong(id="r1") in side.frames)
            side.frames.clear()

        venue, mobile = (each.round_trip_ms for each in side.uplinks.told().uplinks)
        assert venue is not None
        assert mobile is not None
        assert side.uplinks.round_trip_ms == venue < mobile


async def test_one_that_is_lost_is_not_felt_and_comes_back() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        side.network.cut.add("venue")
        side.gate.uplink("venue").transport.abort()
        await until(lambda: side.ups() == [False, True])
        assert side.uplinks.is_up

        side.uplinks.send("anna", m.Lane.EVENT, "ack", ACK)
        await until(lambda: ACK in side.gate.bodies())

        side.network.cut.clear()
        await until(lambda: side.ups() == [True, True])
        assert side.changes == [True] * 4
    assert len(side.gate.hellos) == 3


async def test_the_robot_is_away_only_without_all_of_them_and_tells_its_events_once_afterwards() -> None:
    async with linked(cut=lambda: {"venue", "5G"}) as side:
        side.uplinks.introduce(PROFILE)
        side.uplinks.send(None, m.Lane.EVENT, "event", EVENT)
        side.uplinks.send("anna", m.Lane.EVENT, "ack", ACK)
        side.uplinks.send(None, m.Lane.STATE, "telemetry", TELEMETRY)
        assert not side.uplinks.is_up

        side.network.cut.discard("5G")
        await until(lambda: EVENT in side.gate.bodies())
        side.network.cut.clear()
        await side.all_up()
        side.uplinks.send(None, m.Lane.EVENT, "event", ACK)
        await until(lambda: side.gate.bodies().count(ACK) == 2)

    assert side.gate.bodies() == [EVENT, ACK, ACK]


async def test_of_the_events_of_a_long_absence_the_newest_are_kept() -> None:
    async with linked(VENUE) as side:
        for number in range(EVENTS_KEPT_WHILE_AWAY + 10):
            side.uplinks.send(None, m.Lane.EVENT, "event", b'{"type":"event","n":%d}' % number)

        side.uplinks.introduce(PROFILE)
        await until(lambda: len(side.gate.bodies()) == EVENTS_KEPT_WHILE_AWAY)

    assert side.gate.bodies()[0] == b'{"type":"event","n":10}'


async def test_of_what_people_say_the_first_copy_is_heard() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        said = [from_peer(7, drive(1)), from_peer(8, m.RtcClose(id="rtc"))]
        for name in ("5G", "venue"):
            for frame in said:
                await side.gate.say(name, frame)
            await side.until_heard(f"after-{name}")

        assert side.heard() == said


async def test_a_stop_is_heard_with_each_repeat_but_not_as_an_older_one_once_a_later_one_was() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        early, late, other = (from_peer(n, m.Stop(id=name)) for n, name in ((7, "s"), (8, "s"), (6, "t")))
        for frame in (late, from_peer(9, m.Stop(id="s"))):
            await side.gate.say("5G", frame)
        await side.until_heard("quick")
        for frame in (other, early, late):
            await side.gate.say("venue", frame)
        await side.until_heard("slow")

        assert side.heard() == [late, from_peer(9, m.Stop(id="s")), other]


async def test_a_stop_whose_number_says_nothing_passes() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        await side.gate.say("5G", from_peer(1_000_000, drive(1)))
        await side.until_heard("high")
        stops = [from_peer(5, m.Stop(id="s")), from_peer(6, m.Stop(id="s")), from_peer(None, m.Stop(id="s"))]
        for stop in stops:
            await side.gate.say("venue", stop)
        await side.gate.say("venue", from_peer(7, m.RtcClose(id="rtc")))
        await side.until_heard("low")

        assert side.heard() == [from_peer(1_000_000, drive(1)), *stops]


async def test_an_older_wish_or_roster_over_the_slower_uplink_is_not_heard() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        newer = [from_peer(12, drive(2)), m.Roster(robot_online=True, profile=None, peers=(), seq=13)]
        older = [
            from_peer(10, drive(1)),
            m.Roster(robot_online=True, profile=None, peers=(), dismissed=("anna",), seq=11),
            from_peer(9, drive(7), peer="bo"),
            from_peer(8, m.LeaseRequest(id="a")),
        ]
        for frame in newer:
            await side.gate.say("5G", frame)
        await side.until_heard("newer")
        for frame in older:
            await side.gate.say("venue", frame)
        await side.until_heard("older")

        assert side.heard() == [*newer, *older[2:]]


async def test_a_bridge_that_numbers_from_elsewhere_is_heard_once_an_uplink_came_in_anew() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        await side.gate.say("5G", from_peer(9_000, drive(1)))
        await side.until_heard("high")
        side.gate.uplink("venue").transport.abort()
        await until(lambda: len(side.gate.hellos) == 3 and side.ups() == [True, True])

        after = from_peer(3, drive(2))
        await side.gate.say("venue", after)
        await until(lambda: after in side.heard())


async def test_the_only_uplink_is_heard_as_it_is() -> None:
    async with linked(THE_ONLY_UPLINK) as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        assert not side.uplinks.are_several
        frames = [from_peer(9, drive(1)), from_peer(9, drive(1)), from_peer(None, drive(1)), from_peer(8, drive(1))]
        for frame in frames:
            await side.gate.say("only", frame)

        await until(lambda: side.heard() == frames)


async def test_frames_without_a_number_are_heard_over_each_uplink() -> None:
    async with linked() as side:
        side.uplinks.introduce(PROFILE)
        await side.all_up()
        frames = [from_peer(None, drive(1)), m.Roster(robot_online=True, profile=None, peers=())]
        for name in ("5G", "venue"):
            for frame in frames:
                await side.gate.say(name, frame)
            await side.until_heard(f"after-{name}")

        assert side.heard() == [*frames, *frames]
