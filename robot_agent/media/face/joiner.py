"""Joins VP8 packets (RFC 7741) into whole pictures, each given out with its last packet; pure.

A hole is waited for until it is repaired, but not for long: then everything up to the next keyframe is of no use.
"""

from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import NS_PER_MS

REPAIR_NS: Final = 200 * NS_PER_MS  # a round trip across the country, twice
ASK_EVERY_NS: Final = 300 * NS_PER_MS
MAX_WAITING: Final = 128  # packets; a second and more of a face
_SEQUENCES: Final = 1 << 16
_START_CODE: Final = b"\x9d\x01\x2a"  # RFC 6386, 9.1: in a keyframe, behind the three bytes of the frame's tag
_KEYFRAME_HEAD_BYTES: Final = 10  # tag, code and size


@dataclass(frozen=True, slots=True)
class Part:
    """One packet: `data` is VP8 without its RTP descriptor, `ends` says that it is the last of its picture."""

    sequence: int
    data: bytes
    ends: bool


class PictureJoiner:
    """Turns parts, in whatever order they come, into pictures in the right one, from a keyframe on."""

    def __init__(self) -> None:
        self._next: int | None = None  # the sequence number that the next picture begins with
        self._waiting: dict[int, Part] = {}
        self._hole_since_ns: int | None = None
        self._asked_ns: int | None = None

    def add(self, part: Part, *, now_ns: int) -> list[bytes]:
        """Take a part and return the pictures that it completes, oldest first."""
        if self._next is None:
            if not is_keyframe(part.data):
                return []
            self._next = part.sequence
        ahead = (part.sequence - self._next) % _SEQUENCES
        if ahead >= _SEQUENCES // 2:
            return []  # of a picture that was given out already
        self._waiting[part.sequence] = part
        joined = self._join()
        if self._is_stuck(now_ns=now_ns):
            self.restart()
        return joined

    def restart(self) -> None:
        """Begin anew, with a keyframe."""
        self._next = None
        self._waiting.clear()
        self._hole_since_ns = None

    def asks(self, *, now_ns: int) -> bool:
        """Return whether the sender is to be asked for a keyframe now."""
        if self._next is not None or (self._asked_ns is not None and now_ns - self._asked_ns < ASK_EVERY_NS):
            return False
        self._asked_ns = now_ns
        return True

    def _join(self) -> list[bytes]:
        pictures: list[bytes] = []
        while (picture := self._whole_picture()) is not None:
            pictures.append(picture)
        if pictures:
            self._hole_since_ns = None
        return pictures

    def _whole_picture(self) -> bytes | None:
        parts: list[Part] = []
        sequence = self._next
        while sequence is not None and (part := self._waiting.get(sequence)) is not None:
            parts.append(part)
            sequence = (sequence + 1) % _SEQUENCES
            if part.ends:
                self._next = sequence
                for done in parts:
                    del self._waiting[done.sequence]
                return b"".join(done.data for done in parts)
        return None

    def _is_stuck(self, *, now_ns: int) -> bool:
        if not self._waiting:
            return False
        if self._hole_since_ns is None:
            self._hole_since_ns = now_ns
        return len(self._waiting) > MAX_WAITING or now_ns - self._hole_since_ns > REPAIR_NS


def is_keyframe(picture: bytes) -> bool:
    """Return whether VP8 data begins a keyframe (RFC 6386, 9.1)."""
    return len(picture) >= _KEYFRAME_HEAD_BYTES and not picture[0] & 1 and picture[3:6] == _START_CODE


def size_px(keyframe: bytes) -> tuple[int, int]:
    """Return the width and height that a keyframe says it has."""
    width, height = (int.from_bytes(keyframe[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width, height
