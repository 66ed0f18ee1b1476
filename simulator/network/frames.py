"""Takes the bytes of one direction of an HTTP connection apart once it has become a WebSocket (RFC 6455)."""

from collections.abc import Generator, Iterator
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

_HEAD_END: Final = b"\r\n\r\n"
_MOST_HEAD: Final = 64 * 1024


class Splitter:
    """Gives out bytes as they came, and whole text messages by themselves."""

    def __init__(self, *, from_person: bool) -> None:
        self._is_masked = from_person
        self._head: bytes | None = b""
        self._stream: StreamReader | None = None
        self._parsing: Generator[None, None, Frame] | None = None

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        """Take in what came; yield pieces in order, each with whether it is the text of a message."""
        if self._stream is None:
            yield from self._before_upgrade(chunk)
        else:
            self._stream.feed_data(chunk)
            yield from self._frames(self._stream)

    def framed(self, text: bytes) -> bytes:
        """Return the frame of a message, as its sender would write it."""
        return Frame(Opcode.TEXT, text).serialize(mask=self._is_masked)

    def _before_upgrade(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        if self._head is None:
            yield chunk, False
            return
        self._head += chunk
        head, end, rest = self._head.partition(_HEAD_END)
        if not end and len(self._head) < _MOST_HEAD:
            return
        if end and self._upgrades(head):
            yield head + end, False
            self._stream = StreamReader()
            self._stream.feed_data(rest)
            yield from self._frames(self._stream)
            return
        whole, self._head = self._head, None  # a connection for pages stays one, as browsers have it
        yield whole, False

    def _upgrades(self, head: bytes) -> bool:
        return b"\r\nupgrade: websocket" in head.lower() if self._is_masked else head.startswith(b"HTTP/1.1 101")

    def _frames(self, stream: StreamReader) -> Iterator[tuple[bytes, bool]]:
        while True:
            if self._parsing is None:
                self._parsing = Frame.parse(stream.read_exact, mask=self._is_masked)
            try:
                next(self._parsing)
            except StopIteration as parsed:
                self._parsing = None
                frame: Frame = parsed.value
                if frame.opcode is Opcode.TEXT and frame.fin:
                    yield bytes(frame.data), True
                else:
                    yield frame.serialize(mask=self._is_masked), False
            else:
                return
