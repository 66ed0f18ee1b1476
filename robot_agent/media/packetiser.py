"""H.264 access units to RTP payloads (RFC 6184, packetization-mode 1): done once a picture, whoever watches."""

import struct
from collections.abc import Iterator
from typing import Final

MAX_PAYLOAD_BYTES: Final = 1_200  # leaves room for RTP, SRTP, TURN and a VPN inside 1,500 bytes

_START_CODE: Final = b"\x00\x00\x01"
_TYPE_MASK: Final = 0x1F
_NRI_MASK: Final = 0x60
_STAP_A: Final = 24
_FU_A: Final = 28
_FU_START: Final = 0x80
_FU_END: Final = 0x40
_NAL_SEI: Final = 6
_NAL_AUD: Final = 9
_UNNEEDED: Final = frozenset({_NAL_SEI, _NAL_AUD})  # no decoder of a live picture reads them


def packetise(access_unit: bytes, *, limit: int = MAX_PAYLOAD_BYTES) -> tuple[bytes, ...]:
    """Return the RTP payloads of one Annex B access unit, each at most `limit` bytes, in order."""
    payloads: list[bytes] = []
    together: list[bytes] = []  # small units that wait to share one STAP-A
    together_bytes = 1
    for unit in split_units(access_unit):
        if unit[0] & _TYPE_MASK in _UNNEEDED:
            continue
        if together and together_bytes + 2 + len(unit) > limit:
            payloads.append(_aggregate(together))
            together, together_bytes = [], 1
        if len(unit) > limit:
            payloads.extend(_fragment(unit, limit))
        else:
            together.append(unit)
            together_bytes += 2 + len(unit)
    if together:
        payloads.append(_aggregate(together))
    return tuple(payloads)


def split_units(access_unit: bytes) -> Iterator[bytes]:
    """Yield the NAL units between the start codes of an Annex B byte stream, without them."""
    start = access_unit.find(_START_CODE)
    while start != -1:
        start += len(_START_CODE)
        end = access_unit.find(_START_CODE, start)
        unit = access_unit[start : end if end != -1 else len(access_unit)].rstrip(b"\x00")
        if unit:
            yield unit
        start = end


def _aggregate(units: list[bytes]) -> bytes:
    """Return one STAP-A of all `units`, or the unit itself when it is alone (RFC 6184, 5.6 and 5.7.1)."""
    if len(units) == 1:
        return units[0]
    importance = max(unit[0] & _NRI_MASK for unit in units)
    sized = (struct.pack("!H", len(unit)) + unit for unit in units)
    return bytes([_STAP_A | importance]) + b"".join(sized)


def _fragment(unit: bytes, limit: int) -> Iterator[bytes]:
    """Yield `unit` as FU-A fragments (RFC 6184, 5.8), all but the last of one size: so they can leave together."""
    size = limit - 2
    indicator = unit[0] & _NRI_MASK | _FU_A
    kind = unit[0] & _TYPE_MASK
    for start in range(1, len(unit), size):
        first = _FU_START if start == 1 else 0
        last = _FU_END if start + size >= len(unit) else 0
        yield bytes([indicator, first | last | kind]) + unit[start : start + size]
