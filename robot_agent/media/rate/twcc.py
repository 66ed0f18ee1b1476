"""Transport-wide feedback: when each packet came (draft-holmer-rmcat-transport-wide-cc-extensions-01).

An RTCP packet of type 205, format 15. The receiver's clock has an origin of its own; only differences mean anything.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TRANSPORT_CC_URI: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

MAX_REPORTED: Final = 8_192  # packets in one feedback; 20 s of picture at 4 Mbps

_VERSION: Final = 2
_RTPFB: Final = 205
_TRANSPORT_CC: Final = 15
_HEADER: Final = struct.Struct("!BBH")
_BODY: Final = struct.Struct("!LLHHL")
_CHUNK: Final = struct.Struct("!H")
_LARGE_DELTA: Final = struct.Struct("!h")
_TICK_NS: Final = 250_000
_REFERENCE_NS: Final = 64_000_000
_SEQUENCES: Final = 1 << 16
_NOT_RECEIVED: Final = 0
_SMALL: Final = 1
_LARGE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one feedback says: `arrivals` are (transport sequence number, arrival on the receiver's clock) in order.

    `count` packets from `base` on are reported; those without an arrival had not come when it was written.
    """

    base: int
    count: int
    arrivals: tuple[tuple[int, int], ...]


def feedback_in(compound: bytes) -> list[Feedback]:
    """Return every transport-wide feedback in a (compound) RTCP packet.

    Raises:
        ValueError: it is not RTCP, or a feedback in it is malformed.
    """
    found: list[Feedback] = []
    at = 0
    while at < len(compound):
        if len(compound) - at < _HEADER.size:
            raise ValueError(f"expected an RTCP header of {_HEADER.size} bytes, got {len(compound) - at}")
        first, kind, words = _HEADER.unpack_from(compound, at)
        end = at + _HEADER.size + 4 * words
        if first >> 6 != _VERSION or end > len(compound):
            raise ValueError(
                f"expected RTCP version {_VERSION} within {len(compound)} bytes, got {first >> 6} up to {end}"
            )
        if kind == _RTPFB and first & 0x1F == _TRANSPORT_CC:
            found.append(_parse(compound[at + _HEADER.size : end]))
        at = end
    return found


def is_alone(compound: bytes) -> bool:
    """Return whether a compound packet that `feedback_in` has read is one feedback and nothing else."""
    first, kind, words = _HEADER.unpack_from(compound)
    is_feedback: bool = kind == _RTPFB and first & 0x1F == _TRANSPORT_CC
    return is_feedback and len(compound) == _HEADER.size + 4 * words


def _parse(body: bytes) -> Feedback:
    """Return the feedback in `body`, which begins behind the RTCP header.

    Raises:
        ValueError: it is malformed.
    """
    if len(body) < _BODY.size:
        raise ValueError(f"expected a feedback of at least {_BODY.size} bytes, got {len(body)}")
    _, _, base, count, reference = _BODY.unpack_from(body)
    if not 0 < count <= MAX_REPORTED:
        raise ValueError(f"expected a feedback on 1 to {MAX_REPORTED} packets, got {count}")
    symbols, at = _symbols(body, count)
    return Feedback(base=base, count=count, arrivals=tuple(_arrivals(body[at:], base, reference >> 8, symbols)))


def _symbols(body: bytes, count: int) -> tuple[list[int], int]:
    """Return the status of each packet, and where the deltas begin."""
    symbols: list[int] = []
    at = _BODY.size
    while len(symbols) < count:
        if at + _CHUNK.size > len(body):
            raise ValueError(f"expected the status of {count} packets, got {len(symbols)}")
        (chunk,) = _CHUNK.unpack_from(body, at)
        at += _CHUNK.size
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(symbols))
            if not chunk & 0x1FFF:
                raise ValueError("expected a run of at least one packet, got none")
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return symbols[:count], at


def _arrivals(deltas: bytes, base: int, reference: int, symbols: list[int]) -> Iterator[tuple[int, int]]:
    if reference & 0x800000:  # 24 bits, signed
        reference -= 1 << 24
    arrived_ns = reference * _REFERENCE_NS
    at = 0
    for offset, symbol in enumerate(symbols):
        if symbol == _NOT_RECEIVED:
            continue
        if symbol == _SMALL and at < len(deltas):
            arrived_ns += deltas[at] * _TICK_NS
            at += 1
        elif symbol == _LARGE and at + _LARGE_DELTA.size <= len(deltas):
            arrived_ns += _LARGE_DELTA.unpack_from(deltas, at)[0] * _TICK_NS
            at += _LARGE_DELTA.size
        else:
            raise ValueError(f"expected a delta for packet {offset} of status {symbol}, got {len(deltas)} bytes in all")
        yield (base + offset) % _SEQUENCES, arrived_ns
