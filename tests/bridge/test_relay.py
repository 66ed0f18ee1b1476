"""What people and robots say reaches whom it is for, and a slow one slows nobody."""

import asyncio
import json

import pytest

from bridge import room
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.bridge.hall import Hall
from tests.robot_words import telemetry

pytestmark = pytest.mark.asyncio


def drive(seq: int) -> m.Drive:
    return m.Drive(
        epoch="e1", fence=1, seq=seq, dead_man=True, vx_mps=0.5, vy_mps=0.0, wz_radps=0.0, beacon=1, picture=None
    )


def event(seq: int) -> m.Event:
    return m.Event(source="robot", seq=seq, at_unix_ms=0, kind=m.EventKind.ASKED, detail="x" * 300)


async def test_a_command_reaches_the_robot_as_it_was_sent(hall: Hall) -> None:
    robot, anna = await hall.robot(), await hall.person("presenter")
    frame = json.dumps(json.loads(codec.encode(drive(7))), indent=1)

    await anna.ws.send(frame)

    envelope = await robot.next(m.FromPeer)
    assert bytes(envelope.body).decode() == frame
    assert envelope.role is m.Role.PRESENTER
    assert envelope.peer.endswith(".tab-0001")


async def test_what_the_robot_says_reaches_one_or_everybody(hall: Hall) -> None:
    robot = await hall.robot()
    anna, bo = await hall.person("presenter"), await hall.person("staff")
    await anna.send(m.LeaseRequest(id="r-1"))
    peer, _ = await robot.next_said()

    await robot.say(m.Ack(id="r-1", verdict=m.Verdict.DONE), to=peer)
    await robot.say(telemetry(tick=5), lane=m.Lane.STATE)

    assert (await anna.next(m.Ack)).id == "r-1"
    assert (await anna.next(m.Telemetry)).tick == 5
    assert (await bo.next(m.Telemetry)).tick == 5


async def test_stop_and_its_acknowledgement_make_the_round(hall: Hall) -> None:
    robot, guest = await hall.robot(), await hall.person("observer")

    await guest.send(m.Stop(id="s-1"))
    peer, said = await robot.next_said()
    await robot.say(m.StopAck(id="s-1", state=m.RobotState.STOPPED, speed_mps=0.0), to=peer)

    assert said == m.Stop(id="s-1")
    assert (await guest.next(m.StopAck)).state is m.RobotState.STOPPED


async def test_an_observer_who_drives_is_refused_and_counted(hall: Hall) -> None:
    robot, guest = await hall.robot(), await hall.person("observer")

    await guest.send(drive(1))
    await guest.send(m.Stop(id="s-1"))

    assert (await robot.next_said())[1] == m.Stop(id="s-1")
    assert await hall.refused_total("role") == 1


async def test_without_a_robot_even_stop_is_answered(hall: Hall) -> None:
    anna = await hall.person("presenter")

    await anna.send(m.Stop(id="s-1"))

    assert await anna.next(m.Ack) == m.Ack(id="s-1", verdict=m.Verdict.REFUSED, refusal=m.Refusal.NO_ROBOT)
    assert await hall.refused_total("no_robot") == 1


async def test_the_bridge_answers_a_ping(hall: Hall) -> None:
    anna = await hall.person("presenter")

    await anna.send(m.Ping(id="p-1"))

    assert await anna.next(m.Pong) == m.Pong(id="p-1")


async def test_binary_frames_are_read_as_text(hall: Hall) -> None:
    anna = await hall.person("presenter")

    await anna.ws.send(codec.encode(m.Ping(id="p-1")))

    assert await anna.next(m.Pong) == m.Pong(id="p-1")


async def test_a_robot_that_redials_replaces_its_older_connection(hall: Hall) -> None:
    anna = await hall.person("presenter")
    older = await hall.robot()
    newer = await hall.robot()

    assert await older.close_code() == m.CloseCode.REPLACED
    await anna.send(m.LeaseRequest(id="r-1"))
    assert (await newer.next_said())[1] == m.LeaseRequest(id="r-1")
    assert await hall.refused_total("replaced") == 1


async def test_a_tab_that_redials_replaces_its_older_connection(hall: Hall) -> None:
    _, token = await hall.invite("presenter")
    older = await hall.person(token=token, client_id="same-tab")
    other = await hall.person(token=token, client_id="other-tab")
    newer = await hall.person(token=token, client_id="same-tab")

    assert await older.close_code() == m.CloseCode.REPLACED
    for person in (other, newer):
        await person.send(m.Ping(id="p"))
        await person.next(m.Pong)


async def test_a_robot_that_vanishes_is_missed_by_all(hall: Hall) -> None:
    anna, robot = await hall.person("presenter"), await hall.robot()
    assert (await anna.next(m.Roster)).robot_online is False
    assert (await anna.next(m.Roster)).robot_online

    robot.ws.transport.abort()

    assert (await anna.next(m.Roster)).robot_online is False


async def test_three_malformed_frames_close_the_connection(hall: Hall) -> None:
    anna = await hall.person("presenter")

    for _ in range(2):
        await anna.ws.send('{"type":"stop","id":"s-1","surprise":1}')
        assert (await anna.next(m.Ack)).refusal is m.Refusal.MALFORMED
    await anna.ws.send('{"type":"stop","id":"s-1","surprise":1}')

    assert await anna.close_code() == m.CloseCode.REFUSED_TOO_OFTEN
    assert await hall.refused_total("bad_field") == 3
    assert await hall.refused_total("too_often") == 1


async def test_an_oversized_frame_closes_the_connection_before_it_is_read_whole(hall: Hall) -> None:
    anna = await hall.person("presenter")

    await anna.ws.send("x" * 1_000_000)

    assert await anna.close_code() == m.CloseCode.TOO_LARGE
    assert await hall.refused_total("too_large") == 1


async def test_endless_fragments_close_the_connection(hall: Hall) -> None:
    anna = await hall.person("presenter")

    await anna.ws.send([""] * 1000)

    assert await anna.close_code() == m.CloseCode.TOO_LARGE


async def test_one_who_does_not_read_is_cut_and_slows_nobody(hall: Hall) -> None:
    robot = await hall.robot()
    _, token = await hall.invite("staff")
    sleeper = await hall.person(token=token, client_id="sleeper1", deaf=True)
    anna = await hall.person("presenter")
    await anna.next(m.Roster)

    async def left_room() -> None:
        while len((await anna.next(m.Roster)).peers) > 1:
            pass

    # In lock-step: each event must reach Anna before the next is sent, whatever waits for the sleeper.
    for seq in range(400):
        await robot.say(event(seq))
        assert (await anna.next(m.Event)).seq >= 0
    await left_room()

    assert await hall.refused_total("too_slow") == 1
    assert await sleeper.close_code() in {m.CloseCode.TOO_SLOW, 1006}


async def test_a_robot_that_does_not_read_is_cut_and_slows_nobody(hall: Hall) -> None:
    robot = await hall.robot(deaf=True)
    anna, bo = await hall.person("presenter"), await hall.person("staff")

    async def flood() -> None:
        for seq in range(100_000):
            await anna.send(m.LeaseDecline(id=f"{'x' * 50}{seq}"))

    flooding = asyncio.create_task(flood())
    reading = asyncio.create_task(anna.close_code())
    try:
        while (await bo.next(m.Roster)).robot_online:
            pass
    finally:
        flooding.cancel()
        reading.cancel()
    assert await hall.refused_total("too_slow") >= 1
    assert await robot.close_code() in {m.CloseCode.TOO_SLOW, 1006}


async def test_a_flood_reaches_the_robot_only_as_fast_as_a_person_can_mean_it_but_stop_always_does(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "FRAMES_AT_ONCE", 20)
    monkeypatch.setattr(room, "FRAMES_PER_S", 0.001)
    robot, mallory = await hall.robot(), await hall.person("presenter")

    for seq in range(300):
        await mallory.send(m.LeaseRequest(id=f"r-{seq}"))
    await mallory.send(m.Stop(id="s"))

    said: list[m.FromPerson] = []
    while m.Stop(id="s") not in said:
        said.append((await robot.next_said())[1])
    assert len(said) <= 21
    assert await hall.refused_total("overloaded") >= 280


async def test_a_flood_from_one_does_not_hold_up_another(hall: Hall) -> None:
    robot, mallory, anna = await hall.robot(), await hall.person("observer"), await hall.person("presenter")

    async def flood() -> None:
        while True:
            await mallory.send(m.Ping(id="p"))
            await mallory.send(drive(1))

    async def drain() -> None:
        while True:
            await mallory.ws.recv()

    tasks = [asyncio.create_task(flood()), asyncio.create_task(drain())]
    for seq in range(50):
        await anna.send(m.LeaseRequest(id=f"r-{seq}"))
        assert (await robot.next_said())[1] == m.LeaseRequest(id=f"r-{seq}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
