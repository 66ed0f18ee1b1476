"""Threat 11: NaN, Inf, 1e308, 2^53, deep JSON. Expected: refused, counted, and whoever says three is sent off."""

import pytest

from prove.people import ANNA, BO
from teleop_core.errors import WireFault
from teleop_core.geometry import Twist
from teleop_core.wire.messages import CloseCode, Peer, Road
from tests.threats.house import FULL_MPS, driven, pass_time

TEMPLATE = (
    '{"type":"drive","epoch":"e1","fence":FENCE,"seq":SEQ,"dead_man":true,"vx_mps":VX,"vy_mps":0,"wz_radps":WZ,'
    '"beacon":1,"picture":null}'
)


def drive(*, fence: str = "3", seq: str = "9", vx: str = "0.1", wz: str = "0") -> bytes:
    text = TEMPLATE.replace("FENCE", fence).replace("SEQ", seq).replace("VX", vx).replace("WZ", wz)
    return text.encode()


HOSTILE = {
    "NaN": drive(vx="NaN"),
    "Infinity": drive(vx="Infinity"),
    "-Infinity": drive(wz="-Infinity"),
    "1e308": drive(vx="1e308"),
    "1e999": drive(wz="1e999"),
    "-1e308": drive(wz="-1e308"),
    "2^53 for a fence": drive(fence=str(2**53)),
    "2^53 for a number": drive(seq=str(2**53)),
    "2^64": drive(seq=str(2**64)),
    "ten thousand digits": drive(seq="9" * 10_000),
    "a number below zero": drive(seq="-1"),
    "half a number": drive(seq="0.5"),
    "a text for a number": drive(vx='"0.1"'),
    "nothing for a number": drive(vx="null"),
    "deep lists": b"[" * 16_000,
    "deep objects": b'{"type":' * 2_000,
    "deep inside a field": drive(vx="[" * 5_000 + "]" * 5_000),
    "no UTF-8": b'{"type":"stop","id":"\xff\xfe"}',
    "a lone surrogate": rb'{"type":"stop","id":"\ud800"}',
    "a null byte": b"\x00",
    "two in one": b'{"type":"stop","id":"a"}{"type":"stop","id":"b"}',
    "a field too many": b'{"type":"stop","id":"a","until":"never"}',
    "no type": b"{}",
}
EACH = pytest.mark.parametrize("frame", HOSTILE.values(), ids=HOSTILE.keys())
FAULTS = {fault.value for fault in WireFault}


@EACH
@pytest.mark.parametrize("sender", [ANNA, BO], ids=["from who drives", "from another"])
def test_the_robot_refuses_and_counts_it_and_drives_on_as_it_was_told(frame: bytes, sender: Peer) -> None:
    world = driven()

    for road in (Road.DIRECT, Road.BRIDGE):
        world.hear(sender, frame, road)
    pass_time(world, 200)

    counted = {why: count for why, count in world.session.refused.items() if why in FAULTS}
    assert sum(counted.values()) == 2
    assert world.told == Twist(FULL_MPS)
    assert not world.session.is_latched


@EACH
def test_the_bridge_sends_off_whoever_says_it_three_times_and_nobody_else(frame: bytes) -> None:
    world = driven()
    room, bo, anna = world.room, world.people[BO.id], world.people[ANNA.id]
    assert room is not None
    assert bo.seat is not None

    faults = [room.receive_from_person(bo.seat, frame) for _ in range(3)]

    assert all(isinstance(fault, WireFault) for fault in faults)
    assert bo.outbox.ending is not None
    assert bo.outbox.ending.code is CloseCode.REFUSED_TOO_OFTEN
    assert anna.outbox.ending is None
    pass_time(world, 200)
    assert world.told == Twist(FULL_MPS)


def test_twice_is_forgiven() -> None:
    world = driven()
    bo = world.people[BO.id]
    assert world.room is not None
    assert bo.seat is not None

    for _ in range(2):
        world.room.receive_from_person(bo.seat, HOSTILE["NaN"])

    assert bo.outbox.ending is None
