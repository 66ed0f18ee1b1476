"""Transport-wide feedback as a receiver writes it."""

import struct
from collections.abc import Sequence

NOT_RECEIVED, SMALL, LARGE = 0, 1, 2


def written(*, base: int, reference: int, deltas: Sequence[int | None], runs: bool = False) -> bytes:
    """Return one RTCP packet; `deltas` are ticks of 250 us, None for a packet that did not come."""
    symbols = [NOT_RECEIVED if each is None else SMALL if 0 <= each < 256 else LARGE for each in deltas]
    body = struct.pack("!LLHHL", 1, 2, base, len(deltas), (reference & 0xFFFFFF) << 8)
    body += b"".join(struct.pack("!H", chunk) for chunk in (_runs(symbols) if runs else _vectors(symbols)))
    for delta in deltas:
        if delta is not None:
            body += struct.pack("!B", delta) if 0 <= delta < 256 else struct.pack("!h", delta)
    padding = -len(body) % 4
    body += bytes(padding - 1) + bytes([padding]) if padding else b""
    return struct.pack("!BBH", (0xA0 if padding else 0x80) | 15, 205, len(body) // 4) + body


def _runs(symbols: Sequence[int]) -> list[int]:
    return [symbol << 13 | 1 for symbol in symbols]


def _vectors(symbols: Sequence[int]) -> list[int]:
    chunks = []
    for start in range(0, len(symbols), 7):
        part = [*symbols[start : start + 7], 0, 0, 0, 0, 0, 0][:7]
        chunks.append(0xC000 | sum(symbol << 2 * (6 - place) for place, symbol in enumerate(part)))
    return chunks
