from robot_agent.media.face.joiner import (
    ASK_EVERY_NS,
    MAX_WAITING,
    REPAIR_NS,
    Part,
    PictureJoiner,
    is_keyframe,
    size_px,
)
from teleop_core.timebase import ms

KEY = b"\x00\x00\x00\x9d\x01\x2a" + (320).to_bytes(2, "little") + (240).to_bytes(2, "little")
DELTA = b"\x01delta"


def key(sequence: int, *, ends: bool = True) -> Part:
    return Part(sequence, KEY, ends)


def delta(sequence: int, data: bytes = DELTA, *, ends: bool = True) -> Part:
    return Part(sequence, data, ends)


def test_a_picture_is_given_out_with_its_last_packet() -> None:
    joiner = PictureJoiner()

    assert joiner.add(key(7, ends=False), now_ns=0) == []
    assert joiner.add(delta(8, b"end"), now_ns=0) == [KEY + b"end"]
    assert joiner.add(delta(9), now_ns=0) == [DELTA]


def test_nothing_is_given_out_before_a_keyframe() -> None:
    joiner = PictureJoiner()

    assert joiner.add(delta(7), now_ns=0) == []
    assert joiner.add(key(8), now_ns=0) == [KEY]


def test_packets_out_of_order_are_put_in_order_also_where_the_numbers_begin_again() -> None:
    joiner = PictureJoiner()
    joiner.add(key(0xFFFE), now_ns=0)

    assert joiner.add(delta(0, b"b"), now_ns=0) == []
    assert joiner.add(delta(0xFFFF, b"a", ends=False), now_ns=0) == [b"ab"]


def test_a_repaired_hole_gives_out_all_that_waited_behind_it() -> None:
    joiner = PictureJoiner()
    joiner.add(key(1), now_ns=0)
    joiner.add(delta(3, b"second"), now_ns=0)
    joiner.add(delta(4, b"third"), now_ns=0)

    assert joiner.add(delta(2, b"first"), now_ns=REPAIR_NS) == [b"first", b"second", b"third"]


def test_a_packet_that_comes_again_is_nothing() -> None:
    joiner = PictureJoiner()
    joiner.add(key(1), now_ns=0)

    assert joiner.add(key(1), now_ns=0) == []


def test_a_hole_that_stays_open_is_given_up_for_a_keyframe() -> None:
    joiner = PictureJoiner()
    joiner.add(key(1), now_ns=0)
    joiner.add(delta(3), now_ns=0)
    assert not joiner.asks(now_ns=REPAIR_NS)
    joiner.add(delta(4), now_ns=REPAIR_NS + 1)

    assert joiner.asks(now_ns=REPAIR_NS + 1)
    assert joiner.add(delta(2), now_ns=REPAIR_NS + 2) == []
    assert joiner.add(key(5), now_ns=REPAIR_NS + 3) == [KEY]


def test_no_more_waits_behind_a_hole_than_the_bound() -> None:
    joiner = PictureJoiner()
    joiner.add(key(1), now_ns=0)
    for sequence in range(3, 4 + MAX_WAITING):
        joiner.add(delta(sequence), now_ns=0)

    assert joiner.asks(now_ns=0)


def test_a_slow_stream_is_no_hole() -> None:
    joiner = PictureJoiner()
    joiner.add(key(1), now_ns=0)
    for turn in range(50):
        assert joiner.add(delta(2 + turn), now_ns=ms(400 * turn)) == [DELTA]


def test_a_keyframe_is_asked_for_at_most_so_often() -> None:
    joiner = PictureJoiner()

    assert joiner.asks(now_ns=0)
    assert not joiner.asks(now_ns=ASK_EVERY_NS - 1)
    assert joiner.asks(now_ns=ASK_EVERY_NS)


def test_a_keyframe_says_its_size() -> None:
    assert is_keyframe(KEY)
    assert size_px(KEY) == (320, 240)
    assert not is_keyframe(DELTA + bytes(10))
    assert not is_keyframe(KEY[:9])
