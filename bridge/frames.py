"""WebSocket frames, as far as the bridge looks at them before its engine does (RFC 6455, 5.2).

What a peer has sent is cut so that little of it is taken apart at once and no usual frame is cut in two. A message that
came whole and alone, as nearly all do, is unpacked here, and one that goes out is packed here, at a third of what the
engine takes; handshakes, control frames, fragments, whatever is wrong and every other shape is the engine's.
"""

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel of websockets with its part in C
    from websockets.utils import apply_mask

SLICE_BYTES: Final = 256  # a usual frame, or 42 of the smallest, which take less than a millisecond

_FIN_TEXT: Final = 0x81
_FIN_BINARY: Final = 0x82
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_TWO_BYTES_OF_SIZE: Final = 126
_MOST_IN_ONE_BYTE: Final = 125
_MOST_IN_TWO_BYTES: Final = 0xFFFF


class Slices:
    """Follows the frames of one WebSocket from its first byte on; each slice told must be taken."""

    def __init__(self) -> None:
        self._rest = 0  # bytes of a frame that is begun

    @property
    def is_amid(self) -> bool:
        """Whether the last slice has cut a frame in two."""
        return self._rest > 0

    def next(self, unread: bytes | bytearray) -> int:
        """Return how many of the bytes to take apart at once: frames up to `SLICE_BYTES`, or one frame that is longer.

        0 when there is not enough to see where the first one ends.
        """
        there = len(unread)
        end = self._rest
        while end < SLICE_BYTES and (size := _frame_bytes(unread, end, there)):
            end += size
        taken = min(end, there)
        self._rest = end - taken
        return taken

    def message_in(self, data: bytes, *, max_bytes: int) -> bytes | None:
        """Return the message that `data` is, None unless it is one masked, unfragmented frame of text or bytes."""
        there = len(data)
        if self._rest or there < 2 + _MASK_BYTES or data[0] not in (_FIN_TEXT, _FIN_BINARY) or not data[1] & _MASKED:
            return None
        size = data[1] & ~_MASKED
        at = 2
        if size == _TWO_BYTES_OF_SIZE:
            size = data[2] << 8 | data[3]
            at = 4
        elif size > _MOST_IN_ONE_BYTE:
            return None
        if there != at + _MASK_BYTES + size or size > max_bytes:
            return None
        return apply_mask(data[at + _MASK_BYTES :], data[at : at + _MASK_BYTES])


def text_frame(message: bytes) -> bytes:
    """Return the frame in which a server sends `message`."""
    size = len(message)
    if size <= _MOST_IN_ONE_BYTE:
        return b"\x81%c%b" % (size, message)
    if size <= _MOST_IN_TWO_BYTES:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), message)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), message)


def _frame_bytes(unread: bytes | bytearray, at: int, there: int) -> int:
    """Return the size of the frame that begins at `at`, 0 when its head is not there."""
    if there < at + 2:
        return 0
    size = unread[at + 1] & ~_MASKED
    head = 2 + (_MASK_BYTES if unread[at + 1] & _MASKED else 0)
    if size < _TWO_BYTES_OF_SIZE:
        return head + size
    wide = 2 if size == _TWO_BYTES_OF_SIZE else 8
    if there < at + 2 + wide:
        return 0
    return head + wide + int.from_bytes(unread[at + 2 : at + 2 + wide], "big")
