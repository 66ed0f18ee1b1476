"""Bytes from outside: whatever they are, they become a message or one named fault, and never a piece of a secret."""

from collections.abc import Callable
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleop_core.errors import WireError, WireFault
from teleop_core.wire import codec
from teleop_core.wire import messages as m

DECODERS: Final[list[Callable[[bytes | str], m.Message]]] = [
    codec.decode_hello,
    codec.decode_from_person,
    codec.decode_to_person,
    codec.decode_from_robot,
    codec.decode_to_robot,
]
TYPES = [
    "hello",
    "robot_hello",
    "ping",
    "drive",
    "stop",
    "lease_request",
    "telemetry",
    "status",
    "from_peer",
    "to_peer",
    "nonsense",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def fault_of(decode: Callable[[bytes | str], m.Message], frame: bytes | str) -> WireFault | None:
    try:
        decode(frame)
    except WireError as refused:
        return refused.fault
    return None


@given(frame=st.binary(max_size=400) | st.text(st.characters(), max_size=400))
def test_any_bytes_become_a_message_or_a_wire_error(frame: bytes | str) -> None:
    for decode in DECODERS:
        fault_of(decode, frame)


@given(kind=st.sampled_from(TYPES), fields=st.dictionaries(st.text(max_size=8), json_values, max_size=5))
def test_any_json_becomes_a_message_or_a_wire_error(kind: str, fields: dict[str, object]) -> None:
    frame = msgspec.json.encode({"type": kind, **fields})
    for decode in DECODERS:
        fault_of(decode, frame)


@given(cut=st.integers(min_value=0, max_value=80), into=st.integers(min_value=0, max_value=255))
def test_one_wrong_byte_never_raises_anything_else(cut: int, into: int) -> None:
    frame = bytearray(codec.encode(m.LeaseReturn(id="q1", fence=7)))
    frame[cut % len(frame)] = into
    fault_of(codec.decode_from_person, bytes(frame))


@pytest.mark.parametrize("decode", [codec.decode_hello, codec.decode_from_person, codec.decode_to_person])
def test_a_frame_may_have_16384_bytes_and_not_one_more(decode: Callable[[bytes | str], m.Message]) -> None:
    frame = b"{}".ljust(codec.MAX_FRAME_BYTES)

    assert fault_of(decode, frame) is WireFault.UNKNOWN_TYPE
    assert fault_of(decode, frame + b" ") is WireFault.TOO_LARGE


@pytest.mark.parametrize("decode", [codec.decode_from_robot, codec.decode_to_robot])
def test_an_envelope_may_have_512_bytes_more(decode: Callable[[bytes | str], m.Message]) -> None:
    frame = b"{}".ljust(codec.MAX_ENVELOPE_BYTES)

    assert codec.MAX_ENVELOPE_BYTES == codec.MAX_FRAME_BYTES + 512
    assert fault_of(decode, frame) is WireFault.UNKNOWN_TYPE
    assert fault_of(decode, frame + b" ") is WireFault.TOO_LARGE


def test_an_envelope_has_room_for_any_frame_that_a_person_may_send() -> None:
    body = b'"' + b"x" * (codec.MAX_FRAME_BYTES - 2) + b'"'
    envelope = m.FromPeer(peer="p" * 64, role=m.Role.PRESENTER, body=msgspec.Raw(body))

    carried = codec.decode_to_robot(codec.encode(envelope))

    assert isinstance(carried, m.FromPeer)
    assert bytes(carried.body) == body


def test_the_size_of_a_text_is_counted_in_bytes() -> None:
    fits = "停" * (codec.MAX_FRAME_BYTES // 3)

    assert fault_of(codec.decode_from_person, fits) is WireFault.NOT_JSON
    assert fault_of(codec.decode_from_person, fits + "停") is WireFault.TOO_LARGE


def test_a_lone_surrogate_is_not_json_however_it_comes() -> None:
    for frame in ('{"type":"ping","id":"\ud800"}', '{"type":"ping","id":"\\ud800"}', "\ud800" * 5000):
        assert fault_of(codec.decode_from_person, frame) is WireFault.NOT_JSON


def test_bytes_that_are_no_utf8_are_not_json() -> None:
    assert fault_of(codec.decode_from_person, b'{"type":"stop","id":"s1","reason":"\xff"}') is WireFault.NOT_JSON


@pytest.mark.parametrize(
    "frame",
    [
        '{"x":' + "[" * 5000 + "]" * 5000 + ',"type":"ping","id":"a"}',
        '{"type":"from_peer","peer":"a","role":"staff","body":' + "[" * 5000 + "]" * 5000 + "}",
        '{"a":' * 2500 + "1" + "}" * 2500,
        "[" * 16_000,
    ],
    ids=["before the type", "in a body", "objects", "never closed"],
)
def test_depth_is_refused_without_falling_over(frame: str) -> None:
    for decode in DECODERS:
        assert fault_of(decode, frame) is not None


@pytest.mark.parametrize("number", ["1.0", "1e0", "1.5", "true", '"1"', "-0.5", "1e400"])
def test_a_count_is_written_as_an_integer(number: str) -> None:
    frame = f'{{"type":"lease_return","id":"q1","fence":{number}}}'

    assert fault_of(codec.decode_from_person, frame) is WireFault.BAD_FIELD


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"hello","version":1,"token":"SECRET-SECRET-SECRET","client_id":7}',
        '{"type":"hello","version":1,"token":"SECRET-SECRET-SECRET"',
        '{"type":"hello","version":1,"token":["SECRET-SECRET-SECRET"],"client_id":"tab_00000001"}',
        '{"type":"hallo","version":1,"token":"SECRET-SECRET-SECRET","client_id":"tab_00000001"}',
        '{"type":"hello","token":"SECRET-SECRET-SECRET',
        "SECRET-SECRET-SECRET",
    ],
)
def test_a_refused_hello_never_quotes_its_secret(frame: str) -> None:
    for sent in (frame, frame.encode(), frame.encode() + b"\xff"):
        with pytest.raises(WireError) as refused:
            codec.decode_hello(sent)
        assert "SECRET" not in str(refused.value)


def test_a_refused_frame_is_quoted_by_its_beginning_only() -> None:
    with pytest.raises(WireError, match=r"got '\{\"type\":\"stop\".*'\.\.\.$") as refused:
        codec.decode_from_person('{"type":"stop","id":"s1","reason":5,"x":"' + "y" * 500 + '"}')
    assert len(str(refused.value)) < 200


def test_control_characters_of_a_refused_frame_are_escaped_in_the_message() -> None:
    with pytest.raises(WireError) as refused:
        codec.decode_from_person(b"\x1b[2J\n\xff forged log line")
    assert str(refused.value).isprintable()


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_reason_arrives_as_it_was_written(text: str) -> None:
    sent = m.Stop(id="s1", reason=text)

    assert codec.decode_from_person(codec.encode(sent)) == sent
    assert codec.decode_from_person(codec.encode(sent).decode()) == sent


@given(
    speeds=st.tuples(*[st.floats(min_value=-10.0, max_value=10.0)] * 3),
    numbers=st.tuples(*[st.integers(min_value=0, max_value=m.MAX_SAFE_INTEGER)] * 3),
    picture=st.none() | st.integers(min_value=0, max_value=2**32 - 1),
    dead_man=st.booleans(),
)
def test_a_drive_arrives_bit_for_bit(
    *,
    speeds: tuple[float, float, float],
    numbers: tuple[int, int, int],
    picture: int | None,
    dead_man: bool,
) -> None:
    (vx_mps, vy_mps, wz_radps), (fence, seq, beacon) = speeds, numbers
    sent = m.Drive(
        epoch="e1",
        fence=fence,
        seq=seq,
        dead_man=dead_man,
        vx_mps=vx_mps,
        vy_mps=vy_mps,
        wz_radps=wz_radps,
        beacon=beacon,
        picture=picture,
    )

    assert codec.decode_from_person(codec.encode(sent)) == sent
