"""What has come is cut where frames end, whatever the pieces that it came in."""

import struct
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from bridge.frames import SLICE_BYTES, Slices, text_frame


def frame(size: int, *, masked: bool = True) -> bytes:
    mask = 0x80 if masked else 0
    if size < 126:
        head = bytes([0x81, mask | size])
    elif size < 1 << 16:
        head = bytes([0x81, mask | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x81, mask | 127]) + size.to_bytes(8, "big")
    return head + bytes(4 if masked else 0) + b"x" * size


def slices_of(pieces: list[bytes]) -> list[bytes]:
    slices, unread, made = Slices(), bytearray(), []
    for piece in pieces:
        unread += piece
        while size := slices.next(unread):
            made.append(bytes(unread[:size]))
            del unread[:size]
    return made


@pytest.mark.parametrize("size", [0, 125, 126, 600, 5_000, 70_000])
@pytest.mark.parametrize("masked", [True, False])
def test_a_frame_that_came_whole_is_one_slice(size: int, masked: bool) -> None:
    assert slices_of([frame(size, masked=masked)]) == [frame(size, masked=masked)]


def test_of_many_small_frames_only_some_are_taken_at_once() -> None:
    made = slices_of([frame(0) * 10_000])

    assert max(map(len, made)) <= SLICE_BYTES + len(frame(0))
    assert all(len(each) % len(frame(0)) == 0 for each in made)


def test_a_head_that_is_not_whole_waits() -> None:
    assert slices_of([frame(600)[:3]]) == []
    assert slices_of([frame(600)[:3], frame(600)[3:]]) == [frame(600)]


def test_a_long_frame_is_taken_as_it_comes_and_hides_no_crowd_of_small_ones() -> None:
    long, many = frame(5_000), frame(0) * 1_000

    made = slices_of([long[:2_000], long[2_000:] + many])

    assert made[:2] == [long[:2_000], long[2_000:]]
    assert max(map(len, made[2:])) <= SLICE_BYTES + len(frame(0))


def test_bytes_that_look_like_a_head_within_a_frame_do_not_widen_a_slice() -> None:
    begun = frame(300)
    promise = frame(10_000)[:8]

    made = slices_of([begun[:50], begun[50:-8] + promise + frame(0) * 1_000])

    assert max(map(len, made)) <= SLICE_BYTES + len(frame(0))


@given(
    sizes=st.lists(st.one_of(st.integers(0, 130), st.integers(200, 3_000)), max_size=30),
    cuts=st.lists(st.integers(1, 700), max_size=60),
)
def test_nothing_is_lost_and_no_slice_holds_more_than_one_long_frame(sizes: list[int], cuts: list[int]) -> None:
    sent = b"".join(map(frame, sizes))
    pieces, rest = [], sent
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    made = slices_of([*pieces, rest])

    assert b"".join(made) == sent
    assert max(map(len, made), default=0) < SLICE_BYTES + 3_008


def engines_view(sent: bytes) -> Frame:
    """Return the frame that websockets itself finds in what a server sent."""
    rest = bytearray(sent)

    def read_exact(size: int) -> Generator[None, None, bytes]:
        yield from ()
        taken = bytes(rest[:size])
        del rest[:size]
        return taken

    parsing = Frame.parse(read_exact, mask=False)
    try:
        next(parsing)
    except StopIteration as end:
        assert not rest
        found: Frame = end.value
        return found
    raise AssertionError("expected a whole frame")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 16_896, 65_535, 65_536])
def test_what_goes_out_is_what_the_engine_would_send(size: int) -> None:
    message = bytes(index % 251 for index in range(size))

    assert text_frame(message) == Frame(Opcode.TEXT, message).serialize(mask=False)
    assert engines_view(text_frame(message)).data == message


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 5_000])
def test_a_message_that_came_alone_is_what_was_sent(opcode: Opcode, size: int) -> None:
    message = bytes(index % 251 for index in range(size))

    assert Slices().message_in(Frame(opcode, message).serialize(mask=True), max_bytes=5_000) == message


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(frame(10)[:1], id="a head begun"),
        pytest.param(frame(10)[:-1], id="all but the last byte"),
        pytest.param(frame(10) + b"x", id="one byte of the next"),
        pytest.param(frame(10) * 2, id="two at once"),
        pytest.param(frame(200)[:3], id="a long head begun"),
        pytest.param(frame(200)[:-1], id="all but the last byte of a long one"),
        pytest.param(frame(10, masked=False), id="not masked"),
        pytest.param(frame(501), id="too long"),
        pytest.param(Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True), id="a first part"),
        pytest.param(Frame(Opcode.CONT, b"x").serialize(mask=True), id="a last part"),
        pytest.param(Frame(Opcode.PING, b"x").serialize(mask=True), id="a ping"),
        pytest.param(Frame(Opcode.CLOSE, struct.pack("!H", 1000)).serialize(mask=True), id="a close"),
        pytest.param(b"\xc1" + frame(10)[1:], id="compressed"),
        pytest.param(frame(70_000), id="far too long"),
    ],
)
def test_everything_else_is_left_to_the_engine(sent: bytes) -> None:
    assert Slices().message_in(sent, max_bytes=500) is None


def test_what_looks_like_a_message_within_a_frame_that_is_begun_is_none() -> None:
    slices, long = Slices(), frame(2_000)
    assert slices.next(long[:1_000]) == 1_000

    assert slices.message_in(frame(10), max_bytes=500) is None
