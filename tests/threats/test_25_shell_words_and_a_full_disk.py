"""Threat 25: shell metacharacters wherever somebody may write; a full disk.

Expected: the words are inert; on a full disk nothing moves, and STOP works.
"""

import asyncio
import contextlib
import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.motion.memory import RETRY_NS
from simulator import processes
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.errors import WireError
from teleop_core.timebase import to_seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person
from teleop_core.wire.messages import RobotState, Role, StopCause
from tests.system.scene import clear, on_stage, stop_and_place

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORMS = ("$(touch {})", "`touch {}`", "; touch {} #", "| touch {}", "&& touch {}", "\n touch {}\n", "' ; touch {} ; '")
MORE = (
    "${{IFS}}",
    "%s%n%x",
    "{{0.__class__}}",
    "../../etc/passwd",
    "\x1b]0;title\x07\x1b[2J",
    "<script>alert(1)</script>",
    '{{"event":"stop_sent"}}\n{{"event":"forged"}}',
)


def hostile_words(bait: Path) -> list[str]:
    """Return words that would create `bait`, or do other mischief, if anything but eyes read them."""
    return [each.format(bait) for each in (*FORMS, *MORE)]


async def test_words_of_a_shell_arrive_as_words_wherever_people_may_write(rig: Rig, tmp_path: Path) -> None:
    bait = tmp_path / "x"
    words = hostile_words(bait)
    async with on_stage(rig) as scene:
        for word in words:
            invite = await rig.invite(Role.OBSERVER, word[:60])
            async with Presenter(rig.ws_url, invite.token, picture=Picture.UNSEEN, name=word[:60]) as guest:
                await guest.enter()
                assert guest.session.me is not None
                assert guest.session.me.name == word[:60]
                await guest.stop(word)
        await scene.staff.until("the first reason, word for word", lambda: words[0] in reasons(scene.staff))

    assert not bait.exists()
    lines = rig.folder.log("bridge").read_text(encoding="utf-8").splitlines()
    audit = [json.loads(line) for line in lines if line.startswith("{")]
    told = [line["reason"] for line in audit if line["event"] == "stop_sent" and line.get("reason") in words]
    assert told == words  # each on one line, and none made a second
    assert "forged" not in {line["event"] for line in audit}


def reasons(person: Presenter) -> set[str]:
    """Return what the event list gives as reasons for a STOP."""
    return {event.detail for event in person.events(m.EventKind.STOPPED)}


@pytest.mark.parametrize(
    "template",
    [
        '{"type":"stop","id":WORD}',
        '{"type":"lease_offer","id":"a","to":WORD}',
        '{"type":"rtc_close","id":WORD}',
        '{"type":"lease_renew","epoch":WORD,"fence":1,"seq":1}',
    ],
)
async def test_where_a_name_must_be_a_name_they_are_refused(template: str, tmp_path: Path) -> None:
    for word in hostile_words(tmp_path / "x"):
        with pytest.raises(WireError):
            decode_from_person(template.replace("WORD", json.dumps(word)))


@contextlib.contextmanager
def full_disk(pids: list[int]) -> Iterator[None]:
    """No process of these can write another byte into any file; what they may, the kernel gives back afterwards."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    try:
        for pid, (_, most) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        yield
    finally:
        for pid, limits in before.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


async def test_on_a_full_disk_nobody_gets_to_move_the_robot_and_stop_works(rig: Rig) -> None:
    async with on_stage(rig, leased=False) as scene:
        with full_disk(processes.marked(rig.mark)):
            await scene.presenter.ask()  # a new fence, which the robot cannot remember
            await scene.staff.until("a stopped robot", lambda: scene.staff.latched_by is StopCause.LOCAL)
            assert await stays_at_rest(rig.stage, for_s=0.5)

            acknowledged = await scene.staff.stop()
            assert acknowledged.state is RobotState.STOPPED

        await asyncio.sleep(to_seconds(2 * RETRY_NS))  # until it has tried to remember again
        await clear(scene.staff)
        await scene.presenter.get_lease()
        await scene.drive_off()


async def test_a_disk_that_fills_while_somebody_drives_takes_nothing_from_stop(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        await scene.drive_off()
        with full_disk(processes.marked(rig.mark)):
            await scene.drive_on(0.3)  # nothing to remember: the drive goes on

            acknowledged = await scene.staff.stop()

            assert acknowledged.state in {RobotState.STOPPING, RobotState.STOPPED}
            await scene.at_rest()
        await stop_and_place(scene)
