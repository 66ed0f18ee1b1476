import pytest
from aiortc.codecs.h264 import h264_depayload
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.media.packetiser import MAX_PAYLOAD_BYTES, packetise, split_units

SPS, PPS, SEI, AUD, IDR, SLICE = 0x67, 0x68, 0x06, 0x09, 0x65, 0x41


def unit(header: int, size: int) -> bytes:
    return bytes([header]) + bytes(1 + n % 255 for n in range(size - 1))


def stream(*units: bytes, start_code: bytes = b"\x00\x00\x00\x01") -> bytes:
    return b"".join(start_code + one for one in units)


def rebuilt(payloads: tuple[bytes, ...]) -> bytes:
    return b"".join(map(h264_depayload, payloads))


def test_splits_at_long_and_short_start_codes() -> None:
    units = [unit(SPS, 10), unit(PPS, 4), unit(IDR, 50)]

    assert list(split_units(stream(*units))) == units
    assert list(split_units(stream(*units, start_code=b"\x00\x00\x01"))) == units


def test_a_small_picture_is_one_payload_as_it_is() -> None:
    assert packetise(stream(unit(SLICE, 300))) == (unit(SLICE, 300),)


def test_parameter_sets_travel_together_before_their_picture() -> None:
    payloads = packetise(stream(unit(SPS, 24), unit(PPS, 5), unit(IDR, 3_000)))

    assert payloads[0][0] & 0x1F == 24
    assert [payload[0] & 0x1F for payload in payloads[1:]] == [28, 28, 28]


def test_what_no_live_decoder_needs_is_left_out() -> None:
    assert packetise(stream(unit(AUD, 2), unit(SEI, 700), unit(SLICE, 30))) == (unit(SLICE, 30),)


def test_fragments_are_full_but_the_last_and_marked_first_and_last() -> None:
    payloads = packetise(stream(unit(IDR, 5_000)))

    assert [len(payload) for payload in payloads] == [MAX_PAYLOAD_BYTES] * 4 + [4_999 - 4 * 1_198 + 2]
    assert [payload[1] & 0xC0 for payload in payloads] == [0x80, 0, 0, 0, 0x40]


@pytest.mark.parametrize("size", [MAX_PAYLOAD_BYTES - 1, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1])
def test_only_a_unit_over_the_limit_is_cut(size: int) -> None:
    assert len(packetise(stream(unit(SLICE, size)))) == (1 if size <= MAX_PAYLOAD_BYTES else 2)


def test_nothing_makes_no_payload() -> None:
    assert packetise(b"") == ()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([SPS, PPS, IDR, SLICE]), st.integers(2, 4_000)), min_size=1, max_size=12),
    st.integers(100, 1_400),
)
def test_a_receiver_rebuilds_the_same_stream_from_payloads_within_the_limit(
    shape: list[tuple[int, int]], limit: int
) -> None:
    whole = stream(*(unit(header, size) for header, size in shape))
    payloads = packetise(whole, limit=limit)

    assert rebuilt(payloads) == whole
    assert max(map(len, payloads)) <= limit
