"""The bytes of a connection are taken apart once it has become a WebSocket, and put together as they were."""

import pytest
from websockets.frames import Frame, Opcode

from simulator.network.frames import Splitter

ASKED = b"GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\r\n"
GRANTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
PAGE = b"GET /presenter HTTP/1.1\r\nHost: here\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_messages_are_found_however_the_bytes_come(step: int) -> None:
    stream = ASKED + b"".join(Frame(Opcode.TEXT, text).serialize(mask=True) for text in (b"one", b"t" * 70_000))
    splitter = Splitter(from_person=True)
    pieces = [piece for at in range(0, len(stream), step) for piece in splitter.feed(stream[at : at + step])]

    assert pieces == [(ASKED, False), (b"one", True), (b"t" * 70_000, True)]


def test_what_is_no_message_goes_on_as_it_was() -> None:
    ping = Frame(Opcode.PING, b"?").serialize(mask=False)
    first = Frame(Opcode.TEXT, b"a part", fin=False).serialize(mask=False)

    assert list(Splitter(from_person=False).feed(GRANTED + ping + first)) == [
        (GRANTED, False),
        (ping, False),
        (first, False),
    ]


def test_a_message_is_written_as_its_sender_would() -> None:
    assert Splitter(from_person=False).framed(b"hi") == b"\x81\x02hi"
    assert Splitter(from_person=True).framed(b"hi")[1] == 0x82  # masked


def test_pages_pass_as_bytes_even_when_they_look_like_frames() -> None:
    splitter = Splitter(from_person=True)

    assert list(splitter.feed(PAGE)) == [(PAGE, False)]
    assert list(splitter.feed(b"\x81\x02hi")) == [(b"\x81\x02hi", False)]
