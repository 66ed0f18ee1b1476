"""What type a frame says it is, without decoding it: enough to route it, never enough to believe it."""

from typing import Final

import msgspec
from msgspec import Struct


class _Head(Struct, frozen=True):
    type: str


_head: Final = msgspec.json.Decoder(_Head)


def kind_of(frame: bytes) -> str:
    """Return the `type` of `frame`, an empty string when it has none."""
    try:
        return _head.decode(frame).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
