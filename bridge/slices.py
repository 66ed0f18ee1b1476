"""Where to cut what a peer has sent, so that little of it is taken apart at once and no usual frame is cut in two."""

from typing import Final

SLICE_BYTES: Final = 256  # a usual frame, or 42 of the smallest, which take less than a millisecond

_MASK_BYTES: Final = 4
_TWO_BYTES_OF_SIZE: Final = 126


class Slices:
    """Follows the frames of one WebSocket from its first byte on (RFC 6455, 5.2); each slice told must be taken."""

    def __init__(self) -> None:
        self._rest = 0  # bytes of a frame that is begun

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


def _frame_bytes(unread: bytes | bytearray, at: int, there: int) -> int:
    """Return the size of the frame that begins at `at`, 0 when its head is not there."""
    if there < at + 2:
        return 0
    size = unread[at + 1] & 0x7F
    head = 2 + (_MASK_BYTES if unread[at + 1] & 0x80 else 0)
    if size < _TWO_BYTES_OF_SIZE:
        return head + size
    wide = 2 if size == _TWO_BYTES_OF_SIZE else 8
    if there < at + 2 + wide:
        return 0
    return head + wide + int.from_bytes(unread[at + 2 : at + 2 + wide], "big")
