"""One viewer's RTP stream, without I/O: numbers, headers and repairs around payloads that all viewers share."""

import struct
from dataclasses import dataclass
from typing import Final

from robot_agent.media.picture import Picture
from robot_agent.media.rate.twcc import TRANSPORT_CC_URI

MID_URI: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
ABS_SEND_TIME_URI: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
PLAYOUT_DELAY_URI: Final = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

HISTORY_PACKETS: Final = 1_024  # 3 s of picture at the highest default rate
OVERHEAD_BYTES: Final = 70  # around a payload: IP, UDP, RTP with its extensions, SRTP

_HEADER: Final = "!BBHLL"
_EXTENSION_HEADER: Final = struct.Struct("!HH")
_SEQUENCE: Final = struct.Struct("!H")
_VERSION: Final = 0x80
_HAS_EXTENSION: Final = 0x10
_MARKER: Final = 0x80
_ONE_BYTE_PROFILE: Final = 0xBEDE  # RFC 8285, 4.2
_MAX_ONE_BYTE_ID: Final = 14
_SHOW_AT_ONCE: Final = b"\x00\x00\x00"  # playout delay: minimum 0, maximum 0, in 10 ms steps of 12 bits each


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParameters:
    """What the offer and answer settled. `extensions` maps URI to id; `rtx_payload_type` is None without RTX."""

    ssrc: int
    rtx_ssrc: int
    payload_type: int
    rtx_payload_type: int | None
    mid: str
    extensions: dict[str, int]


@dataclass(slots=True)  # not frozen: that costs a microsecond a packet
class _Sent:
    sequence: int
    rtp_time: int
    marker: int
    payload: bytes


class RtpStream:
    """Turns shared pictures into this viewer's packets and remembers the newest of them for repairs."""

    def __init__(self, parameters: StreamParameters, *, first_sequence: int, first_rtx_sequence: int) -> None:
        self._parameters = parameters
        self._ssrc = parameters.ssrc
        self._payload_type = parameters.payload_type
        self._sequence = first_sequence
        self._rtx_sequence = first_rtx_sequence
        self._history: list[_Sent | None] = [None] * HISTORY_PACKETS
        ids = {uri: x_id for uri, x_id in parameters.extensions.items() if 0 < x_id <= _MAX_ONE_BYTE_ID}
        fixed = _element(ids.get(MID_URI), parameters.mid.encode()) + _element(
            ids.get(PLAYOUT_DELAY_URI), _SHOW_AT_ONCE
        )
        self._send_time_tag = _element(ids.get(ABS_SEND_TIME_URI), bytes(3))[:1]
        self._number_tag = int.from_bytes(_element(ids.get(TRANSPORT_CC_URI), bytes(2))[:1])
        size = len(fixed) + 4 * len(self._send_time_tag) + (3 if self._number_tag else 0)
        self._version = _VERSION | (_HAS_EXTENSION if size else 0)
        self._extension_head = _EXTENSION_HEADER.pack(_ONE_BYTE_PROFILE, -(-size // 4)) + fixed if size else b""
        self._send_time = 0
        self._timed = self._timed_head(0)
        number = "BH" if self._number_tag else ""
        self._pack = struct.Struct(f"{_HEADER}{len(self._timed)}s{number}{-size % 4}x").pack
        self.packet_count = 0
        self.octet_count = 0

    def number(self, picture: Picture) -> list[tuple[int, int]]:
        """Number the packets of `picture`; return each as (sequence, bytes on the wire)."""
        numbered = []
        last = len(picture.payloads) - 1
        for index, payload in enumerate(picture.payloads):
            sent = _Sent(self._sequence, picture.rtp_time, _MARKER if index == last else 0, payload)
            self._history[sent.sequence % HISTORY_PACKETS] = sent
            self._sequence = (self._sequence + 1) & 0xFFFF
            numbered.append((sent.sequence, len(payload) + OVERHEAD_BYTES))
        return numbered

    def size_of(self, sequence: int) -> int | None:
        """Return how many bytes packet `sequence` takes on the wire, or None when it is forgotten."""
        sent = self._sent(sequence)
        return None if sent is None else len(sent.payload) + OVERHEAD_BYTES

    def media(self, sequence: int, *, send_time: int, transport_number: int) -> bytes | None:
        """Return packet `sequence`, or None when it is forgotten.

        `send_time` is abs-send-time: NTP seconds, 24 bits of them 6.18 fixed; `transport_number` counts all packets
        of the transport, modulo 2**16.
        """
        sent = self._sent(sequence)
        if sent is None:
            return None
        self.packet_count += 1
        self.octet_count += len(sent.payload)
        return self._plain(sent, send_time=send_time, transport_number=transport_number)

    def repair(self, sequence: int, *, send_time: int, transport_number: int) -> bytes | None:
        """Return packet `sequence` again (RFC 4588, or as it was without RTX), or None when it is forgotten."""
        sent = self._sent(sequence)
        if sent is None:
            return None
        rtx_payload_type = self._parameters.rtx_payload_type
        if rtx_payload_type is None:
            return self._plain(sent, send_time=send_time, transport_number=transport_number)
        sequence, self._rtx_sequence = self._rtx_sequence, (self._rtx_sequence + 1) & 0xFFFF
        fields = (sent.marker | rtx_payload_type, sequence, sent.rtp_time, self._parameters.rtx_ssrc)
        return self._header(fields, send_time, transport_number) + _SEQUENCE.pack(sent.sequence) + sent.payload

    def _sent(self, sequence: int) -> _Sent | None:
        sent = self._history[sequence % HISTORY_PACKETS]
        return sent if sent is not None and sent.sequence == sequence else None

    def _plain(self, sent: _Sent, *, send_time: int, transport_number: int) -> bytes:
        fields = (sent.marker | self._payload_type, sent.sequence, sent.rtp_time, self._ssrc)
        return self._header(fields, send_time, transport_number) + sent.payload

    def _header(self, fields: tuple[int, int, int, int], send_time: int, transport_number: int) -> bytes:
        """Return the RTP header with `fields`, and its extension; packets that leave together share their time."""
        if send_time != self._send_time:
            self._send_time, self._timed = send_time, self._timed_head(send_time)
        if self._number_tag:
            return self._pack(self._version, *fields, self._timed, self._number_tag, transport_number)
        return self._pack(self._version, *fields, self._timed)

    def _timed_head(self, send_time: int) -> bytes:
        time = self._send_time_tag + send_time.to_bytes(3) if self._send_time_tag else b""
        return self._extension_head + time


def _element(x_id: int | None, value: bytes) -> bytes:
    """Return one header extension element in one-byte form, or nothing when it was not negotiated."""
    if x_id is None or not value:
        return b""
    return bytes([x_id << 4 | len(value) - 1]) + value
