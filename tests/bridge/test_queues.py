"""No queue of old commands: what waits is replaced, what is under way unanswered is little, and STOP passes it."""

import asyncio

import pytest

from bridge import link, room
from bridge.link import Link
from teleop_core.wire import messages as m
from tests.bridge.hall import Hall, Person
from tests.bridge.test_relay import drive

pytestmark = pytest.mark.asyncio
COMMANDS = 500  # ten seconds of driving


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STALL_TIMEOUT_S", 60.0)


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[Link]:
    """All links of the bridge, in the order in which they came."""
    seen: list[Link] = []
    made = Link.connection_made

    def remember(self: Link, transport: asyncio.BaseTransport) -> None:
        seen.append(self)
        made(self, transport)

    monkeypatch.setattr(Link, "connection_made", remember)
    return seen


async def drive_for_a_while(anna: Person) -> None:
    for seq in range(1, COMMANDS + 1):
        await anna.send(drive(seq))
        if seq % 25 == 0:  # by when the bridge has taken them in
            await anna.send(m.Ping(id=f"p{seq}"))
            await anna.next(m.Pong)


@pytest.mark.usefixtures("patient")
async def test_a_robot_that_did_not_read_gets_few_old_commands_and_the_newest(hall: Hall) -> None:
    robot, anna = await hall.robot(deaf=True), await hall.person("presenter")

    await drive_for_a_while(anna)

    heard: list[int] = []
    while not heard or heard[-1] < COMMANDS:
        _, said = await robot.next_said()
        if isinstance(said, m.Drive):
            heard.append(said.seq)
    assert len(heard) <= 21  # 400 ms of motion, and the newest
    assert heard == sorted(heard)


@pytest.mark.usefixtures("patient")
async def test_stop_waits_for_no_answer(hall: Hall, links: list[Link]) -> None:
    robot, anna = await hall.robot(deaf=True), await hall.person("presenter")
    await drive_for_a_while(anna)
    assert not links[0].has_credit

    sent = links[0]._sent
    await anna.send(m.Stop(id="s"))
    await anna.send(m.Ping(id="p"))
    await anna.next(m.Pong)

    assert links[0]._sent == sent + 1
    heard: list[m.FromPerson] = []
    while m.Stop(id="s") not in heard:
        heard.append((await robot.next_said())[1])
    assert heard[-2] != drive(COMMANDS)
    assert (await robot.next_said())[1] == drive(COMMANDS)


async def test_who_answers_nothing_while_states_wait_is_cut(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STALL_TIMEOUT_S", 0.2)
    robot, anna, bo = await hall.robot(deaf=True), await hall.person("presenter"), await hall.person("staff")
    await drive_for_a_while(anna)

    while (await bo.next(m.Roster)).robot_online:
        pass

    assert await hall.refused_total("too_slow") == 1
    assert await robot.close_code() in {m.CloseCode.TOO_SLOW, 1006}


async def test_who_answers_gets_on(hall: Hall, links: list[Link]) -> None:
    robot, anna = await hall.robot(), await hall.person("presenter")

    for seq in range(1, 5 * link.CREDIT):
        await anna.send(drive(seq))
        assert (await robot.next_said())[1] == drive(seq)

    assert links[0].has_credit


async def test_an_answer_to_what_was_never_asked_gives_no_credit(hall: Hall, links: list[Link]) -> None:
    robot, anna = await hall.robot(deaf=True), await hall.person("presenter")
    await robot.ws.pong(link._ASKED.pack(1 << 40))

    await drive_for_a_while(anna)

    assert not links[0].has_credit
    assert links[0]._answered <= links[0]._sent


async def test_a_command_is_passed_on_in_the_turn_in_which_it_comes(hall: Hall, links: list[Link]) -> None:
    robot, anna = await hall.robot(), await hall.person("presenter")
    taken: list[int] = []
    taking = links[1]._receive_frame
    assert taking is not None

    def note(frame: bytes) -> bool:
        before = links[0]._sent
        in_time = taking(frame)
        taken.append(links[0]._sent - before)
        return in_time

    links[1].hand_over(note)
    await anna.send(drive(1))

    assert (await robot.next_said())[1] == drive(1)
    assert taken == [1]
