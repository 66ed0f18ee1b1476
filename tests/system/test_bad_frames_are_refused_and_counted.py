"""Promise: what is no message is refused and counted by its reason, on both roads, and whoever goes on is sent off."""

import functools
import re
import urllib.request

import pytest

from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from teleop_core.errors import WireFault
from teleop_core.wire.codec import MAX_FRAME_BYTES
from teleop_core.wire.messages import CloseCode, Road
from tests.system.scene import on_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

DRIVE = (
    b'{"type":"drive","epoch":"e","fence":%s,"seq":1,"dead_man":true,"vx_mps":%s,"vy_mps":0,"wz_radps":0,'
    b'"beacon":0,"picture":null}'
)
CUT_OFF = 1006  # where the farewell is lost in what the sender still has under way
HUGE = b'{"type":"stop","id":"' + b"x" * 600 + b'"}'
BAD = {
    WireFault.NOT_JSON: [b"", b"{", b"\x00\x01", b"NaN", DRIVE % (b"1", b"NaN"), b'{"type":"stop","id":"a"}{}'],
    WireFault.UNKNOWN_TYPE: [b'{"type":"fly"}', b'{"type":"telemetry"}', b'{"type":7}', b"{}"],
    WireFault.BAD_FIELD: [
        b'{"type":"stop"}',
        b'{"type":"stop","id":"a","extra":1}',
        HUGE,
        b"[" * 10_000,
        DRIVE % (b"1", b"1e308"),
        DRIVE % (b"9007199254740993", b"0"),
        DRIVE % (b"-1", b"0"),
    ],
}
CASES = [pytest.param(fault, frame, id=f"{fault.value}-{n}") for fault in BAD for n, frame in enumerate(BAD[fault])]


@pytest.mark.parametrize(("fault", "frame"), CASES)
async def test_the_bridge_refuses_and_counts(rig: Rig, fault: WireFault, frame: bytes) -> None:
    async with person(rig, picture=Picture.UNSEEN) as visitor:
        before = refusals(rig, fault)

        visitor.say(frame)

        await visitor.until("the count", lambda: refusals(rig, fault) == before + 1)
        assert visitor.is_connected


async def test_three_in_a_row_end_the_connection(rig: Rig) -> None:
    async with person(rig, picture=Picture.UNSEEN) as visitor:
        for _ in range(3):
            visitor.say(b"nonsense")

        await visitor.until("the farewell", lambda: not visitor.is_connected)
        assert visitor.close_code == CloseCode.REFUSED_TOO_OFTEN


async def test_a_frame_above_the_limit_is_refused(rig: Rig) -> None:
    async with person(rig, picture=Picture.UNSEEN) as visitor:
        before = refusals(rig, WireFault.TOO_LARGE)

        visitor.say(b'{"type":"stop","id":"a","reason":"' + b"x" * MAX_FRAME_BYTES + b'"}')

        await visitor.until("the count", lambda: refusals(rig, WireFault.TOO_LARGE) == before + 1)


async def test_a_frame_far_above_the_limit_ends_the_connection_unread(rig: Rig) -> None:
    async with person(rig, picture=Picture.UNSEEN) as visitor:
        visitor.say(b'{"type":"stop","id":"a","reason":"' + b"x" * 10 * 2**20 + b'"}')

        await visitor.until("the end", lambda: visitor.close_code in {CloseCode.TOO_LARGE, CUT_OFF})


@pytest.mark.parametrize("fault", BAD)
async def test_the_robot_refuses_and_counts_what_comes_direct(rig: Rig, fault: WireFault) -> None:
    async with person(rig) as visitor:
        for frame in BAD[fault]:
            counted = functools.partial(_counts_more, visitor, fault, visitor.refused.get(fault.value, 0))

            visitor.say(frame, road=Road.DIRECT)

            await visitor.until(f"the count of {frame[:80]!r}", counted)


def _counts_more(visitor: Presenter, fault: WireFault, before: int) -> bool:
    return visitor.refused.get(fault.value, 0) > before


async def test_a_robot_that_is_driven_is_not_disturbed_by_anothers_nonsense(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, name="Noise") as noise:
        await scene.drive_off()

        for _ in range(50):
            noise.say(b'{"type":"drive"', road=Road.DIRECT)
        noise.say(b"nonsense")

        await scene.drive_on(0.3)
        assert scene.presenter.holds_lease


def refusals(rig: Rig, fault: WireFault) -> int:
    """Return how many frames the bridge has counted under `fault`."""
    with urllib.request.urlopen(f"{rig.url}/metrics", timeout=5) as answer:  # noqa: S310 -- http, the rig's own
        text = answer.read().decode()
    found = re.search(rf'^stagebridge_refused_total{{reason="{fault.value}"}} (\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0
