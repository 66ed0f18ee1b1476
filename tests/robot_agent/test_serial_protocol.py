"""The serial line's framing and messages; `tests/vectors/serial.json` holds golden frames for other implementations."""

import json
from pathlib import Path

import pytest
from cobs import cobs
from hypothesis import example, given
from hypothesis import strategies as st

from robot_agent.drivers import serial_protocol as wire
from teleop_core.geometry import Pose2D, Twist
from teleop_core.wire.messages import StopLevel

VECTORS = Path(__file__).parents[1] / "vectors" / "serial.json"

STATE = wire.BaseState(
    boot_id=0xDEADBEEF,
    uptime_ms=123_456,
    pose=Pose2D(1.234, -0.5, -3.1),
    twist=Twist(0.6, 0.0, -0.8),
    battery=0.875,
    faults=wire.BaseFault.MOTOR | wire.BaseFault.TIPPED,
    stop_pressed=True,
    watchdog=wire.Watchdog.RUNNING,
    acked=65_535,
)
GOLDEN: dict[str, tuple[int, wire.Message]] = {
    "hello": (0, wire.Hello()),
    "velocity": (1, wire.Velocity(Twist(0.5, -0.25, 1.2), 250)),
    "velocity_zero": (256, wire.Velocity(Twist(), 0)),
    "stop_settle": (2, wire.Stop(StopLevel.SETTLE)),
    "stop_cut": (65_535, wire.Stop(StopLevel.CUT)),
    "state_request": (3, wire.StateRequest()),
    "base_hello": (
        4,
        wire.BaseHello(
            boot_id=7,
            max_vx_mps=0.8,
            max_vy_mps=0.0,
            max_wz_radps=1.2,
            max_accel_mps2=1.5,
            max_accel_radps2=4.0,
            watchdog_ms=300,
            model="wheeled base",
        ),
    ),
    "base_state": (5, STATE),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_frames_have_not_changed(name: str) -> None:
    vectors = json.loads(VECTORS.read_text())
    seq, message = GOLDEN[name]

    assert wire.encode(message, seq=seq).hex() == vectors[name]
    assert wire.Decoder().feed(bytes.fromhex(vectors[name])) == [(seq, message)]


def test_the_crc_is_the_one_with_the_published_check_value() -> None:
    assert wire.crc16(b"123456789") == 0x29B1


@given(st.binary(max_size=1200))
def test_cobs_agrees_with_another_implementation(body: bytes) -> None:
    assert wire.cobs_encode(body) == cobs.encode(body)
    assert wire.cobs_decode(cobs.encode(body)) == body


@pytest.mark.parametrize("length", [253, 254, 255, 508, 509])
def test_cobs_agrees_at_the_edges_of_its_blocks(length: int) -> None:
    for body in (b"\x01" * length, b"\x01" * length + b"\0", b"\0" + b"\x01" * length):
        assert wire.cobs_encode(body) == cobs.encode(body)
        assert wire.cobs_decode(wire.cobs_encode(body)) == body


@given(st.binary(max_size=300))
@example(b"\x07" + bytes(6))  # zeros inside a block
def test_cobs_refuses_what_another_implementation_refuses(coded: bytes) -> None:
    try:
        expected = cobs.decode(coded)
    except cobs.DecodeError:
        with pytest.raises(ValueError, match="COBS"):
            wire.cobs_decode(coded)
    else:
        assert wire.cobs_decode(coded) == expected


speeds = st.integers(-32_767, 32_767).map(lambda milli: milli / 1000)


@given(speeds, speeds, speeds, st.integers(0, 65_535), st.integers(0, 65_535))
def test_a_velocity_arrives_as_it_was_sent(vx: float, vy: float, wz: float, ttl_ms: int, seq: int) -> None:
    message = wire.Velocity(Twist(vx, vy, wz), ttl_ms)

    assert wire.Decoder().feed(wire.encode(message, seq=seq)) == [(seq, message)]


@given(st.binary(max_size=400), st.lists(st.integers(1, 40), max_size=30))
def test_garbage_never_becomes_a_message_and_the_next_frame_is_read(garbage: bytes, cuts: list[int]) -> None:
    decoder = wire.Decoder()
    stream = garbage + b"\0" + wire.encode(STATE, seq=9)
    found = []
    for size in [*cuts, len(stream)]:
        chunk, stream = stream[:size], stream[size:]
        found += decoder.feed(chunk)

    assert found[-1] == (9, STATE)
    assert len(found) == 1


@given(st.data())
def test_one_flipped_bit_never_becomes_another_message(data: st.DataObject) -> None:
    frame = bytearray(wire.encode(STATE, seq=9))
    place = data.draw(st.integers(0, len(frame) - 2))
    frame[place] ^= 1 << data.draw(st.integers(0, 7))
    decoder = wire.Decoder()

    assert decoder.feed(bytes(frame)) == []
    assert decoder.refused.total >= 1


def test_half_a_frame_is_lost_and_counted_and_the_next_one_is_read() -> None:
    decoder = wire.Decoder()
    frame = wire.encode(STATE, seq=1)

    assert decoder.feed(frame[:20] + b"\0" + frame) == [(1, STATE)]
    assert decoder.refused.total == 1


def test_each_refusal_is_counted_by_its_cause() -> None:
    decoder = wire.Decoder()

    decoder.feed(b"\x05ab\0")  # says 4 bytes, has 2
    decoder.feed(b"\x01" * 500 + b"\0")  # longer than any frame
    assert decoder.refused == wire.Refused(garbage=2)

    frame = bytearray(wire.encode(wire.Hello(), seq=0x0101))
    frame[1] ^= 0x40
    decoder.feed(bytes(frame))
    assert decoder.refused == wire.Refused(garbage=2, bad_crc=1)

    body = b"\x7f\x01\x01"
    decoder.feed(wire.cobs_encode(body + wire.crc16(body).to_bytes(2, "little")) + b"\0")
    assert decoder.refused == wire.Refused(garbage=2, bad_crc=1, unknown=1)


def test_a_frame_without_end_takes_no_memory() -> None:
    decoder = wire.Decoder()

    for _ in range(1000):
        decoder.feed(b"\x01" * 1000)
        assert len(decoder._buffer) <= wire.MAX_FRAME_BYTES


@given(st.lists(st.sampled_from(sorted(GOLDEN)), max_size=8), st.integers(1, 7))
def test_frames_are_found_however_the_stream_is_cut(names: list[str], size: int) -> None:
    decoder = wire.Decoder()
    stream = b"".join(wire.encode(GOLDEN[name][1], seq=GOLDEN[name][0]) for name in names)

    found = [message for at in range(0, len(stream), size) for message in decoder.feed(stream[at : at + size])]

    assert found == [GOLDEN[name] for name in names]


def test_values_out_of_range_are_clipped_and_not_wrapped() -> None:
    [(_, sent)] = wire.Decoder().feed(wire.encode(wire.Velocity(Twist(99.0, -99.0, 1e9), 10**9), seq=0))

    assert sent == wire.Velocity(Twist(32.767, -32.767, 32.767), 65_535)
