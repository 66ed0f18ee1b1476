import contextlib
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.rate import twcc
from robot_agent.media.rate.twcc import Feedback, feedback_in, is_alone
from tests.robot_agent.media.rate.written_feedback import written

RECEIVER_REPORT = struct.pack("!BBHL", 0x80, 201, 1, 7)


def test_a_run_of_small_deltas_is_read_byte_by_byte() -> None:
    body = struct.pack("!LLHHL", 1, 2, 5, 7, 2 << 8 | 9) + struct.pack("!H", 0x2007) + bytes([4, 0, 1, 1, 1, 1, 40])
    raw = struct.pack("!BBH", 0xAF, 205, 7) + body + b"\x00\x00\x03"

    [feedback] = feedback_in(raw)

    start_ns = 2 * 64_000_000
    assert (feedback.base, feedback.count) == (5, 7)
    assert feedback.arrivals[0] == (5, start_ns + 1_000_000)
    assert feedback.arrivals[1] == (6, start_ns + 1_000_000)
    assert feedback.arrivals[-1] == (11, start_ns + 12_000_000)


@given(
    base=st.integers(0, 0xFFFF),
    reference=st.integers(-(2**23), 2**23 - 1),
    deltas=st.lists(st.one_of(st.none(), st.integers(-(2**15), 2**15 - 1)), min_size=1, max_size=80),
    runs=st.booleans(),
)
def test_what_a_receiver_writes_is_read_back(base: int, reference: int, deltas: list[int | None], runs: bool) -> None:
    [feedback] = feedback_in(written(base=base, reference=reference, deltas=deltas, runs=runs))

    at_ns, expected = reference * 64_000_000, []
    for offset, delta in enumerate(deltas):
        if delta is not None:
            at_ns += delta * 250_000
            expected.append(((base + offset) & 0xFFFF, at_ns))
    assert feedback == Feedback(base=base, count=len(deltas), arrivals=tuple(expected))


def test_it_is_found_behind_and_before_other_packets() -> None:
    feedback = written(base=1, reference=0, deltas=[4])

    assert len(feedback_in(RECEIVER_REPORT + feedback + RECEIVER_REPORT + feedback)) == 2
    assert feedback_in(RECEIVER_REPORT) == []


def test_it_is_known_whether_anything_else_is_with_it() -> None:
    feedback = written(base=1, reference=0, deltas=[4])

    assert is_alone(feedback)
    assert not is_alone(feedback + RECEIVER_REPORT)
    assert not is_alone(RECEIVER_REPORT + feedback)
    assert not is_alone(RECEIVER_REPORT)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        feedback_in(raw)


@given(st.integers(), st.binary(min_size=1, max_size=6))
def test_a_damaged_feedback_is_read_or_refused(seed: int, spice: bytes) -> None:
    body = bytearray(written(base=60_000, reference=5, deltas=[4, None, -700, 8] * 9, runs=bool(seed % 2)))
    at = random.Random(seed).randrange(4, len(body))
    body[at : at + len(spice)] = spice
    try:
        found = feedback_in(bytes(body))
    except ValueError:
        return
    assert all(len(each.arrivals) <= each.count <= twcc.MAX_REPORTED for each in found)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"\x80", "header"),
        (struct.pack("!BBH", 0x4F, 205, 0), "version 2"),
        (struct.pack("!BBH", 0x8F, 205, 5), "within 4 bytes"),
        (struct.pack("!BBHLL", 0x8F, 205, 2, 0, 0), "at least 16"),
        (struct.pack("!BBHLLHHL", 0x8F, 205, 4, 0, 0, 1, 0, 0), "got 0"),
        (struct.pack("!BBHLLHHL", 0x8F, 205, 4, 0, 0, 1, 0xFFFF, 0), "65535"),
        (struct.pack("!BBHLLHHL", 0x8F, 205, 4, 0, 0, 1, 3, 0), "status of 3"),
        (struct.pack("!BBHLLHHLL", 0x8F, 205, 5, 0, 0, 1, 3, 0, 0), "at least one packet"),
        (struct.pack("!BBHLLHHLHH", 0x8F, 205, 5, 0, 0, 1, 3, 0, 0x6003, 0), "status 3"),
        (struct.pack("!BBHLLHHLHH", 0x8F, 205, 5, 0, 0, 1, 9, 0, 0x2009, 0), "delta for packet 2"),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        feedback_in(raw)
