from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unwrap_rtx

from robot_agent.media.picture import Picture
from robot_agent.media.rate.twcc import TRANSPORT_CC_URI
from robot_agent.media.rtp import (
    ABS_SEND_TIME_URI,
    HISTORY_PACKETS,
    MID_URI,
    OVERHEAD_BYTES,
    PLAYOUT_DELAY_URI,
    RtpStream,
    StreamParameters,
)

EXTENSIONS = {MID_URI: 1, ABS_SEND_TIME_URI: 3, TRANSPORT_CC_URI: 4, PLAYOUT_DELAY_URI: 6}


def stream(
    *,
    extensions: dict[str, int] | None = None,
    rtx_payload_type: int | None = 102,
    first_sequence: int = 1000,
) -> RtpStream:
    parameters = StreamParameters(
        ssrc=111,
        rtx_ssrc=222,
        payload_type=101,
        rtx_payload_type=rtx_payload_type,
        mid="0",
        extensions=EXTENSIONS if extensions is None else extensions,
    )
    return RtpStream(parameters, first_sequence=first_sequence, first_rtx_sequence=50)


def picture(*payloads: bytes, rtp_time: int = 9000) -> Picture:
    return Picture(
        payloads=payloads, rtp_time=rtp_time, captured_ns=1, since_ns=1, taken_ns=1, encoded_ns=1, keyframe=False
    )


def packets(sender: RtpStream, shown: Picture, *, send_time: int = 0) -> list[bytes]:
    """Return the packets of a picture, one after another."""
    raw = [
        sender.media(sequence, send_time=send_time, transport_number=number)
        for number, (sequence, _) in enumerate(sender.number(shown))
    ]
    return [each for each in raw if each is not None]


def repair(sender: RtpStream, sequence: int, *, send_time: int = 2) -> bytes | None:
    return sender.repair(sequence, send_time=send_time, transport_number=9)


def parsed(raw: bytes) -> RtpPacket:
    known = HeaderExtensionsMap()
    known.configure(
        RTCRtpParameters(
            headerExtensions=[RTCRtpHeaderExtensionParameters(id=x_id, uri=uri) for uri, x_id in EXTENSIONS.items()]
        )
    )
    return RtpPacket.parse(raw, known)


def test_packets_carry_the_shared_payloads_under_own_numbers_and_the_last_is_marked() -> None:
    sent = [parsed(raw) for raw in packets(stream(), picture(b"one", b"two", b"three"))]

    assert [p.payload for p in sent] == [b"one", b"two", b"three"]
    assert [p.sequence_number for p in sent] == [1000, 1001, 1002]
    assert [p.marker for p in sent] == [0, 0, 1]
    assert {(p.timestamp, p.ssrc, p.payload_type) for p in sent} == {(9000, 111, 101)}


def test_header_extensions_are_readable_by_others() -> None:
    packet = parsed(packets(stream(), picture(b"x", b"y"), send_time=77)[1])

    assert packet.extensions.mid == "0"
    assert packet.extensions.abs_send_time == 77
    assert packet.extensions.transport_sequence_number == 1


def test_playout_delay_is_zero_to_zero() -> None:
    raw = packets(stream(extensions={PLAYOUT_DELAY_URI: 6}), picture(b"x"))[0]

    assert raw[12:20] == bytes.fromhex("bede 0001 62 000000")


def test_without_negotiated_extensions_the_header_is_plain() -> None:
    raw = packets(stream(extensions={}), picture(b"x"))[0]

    assert raw[0] == 0x80
    assert raw[12:] == b"x"


def test_an_extension_id_that_needs_the_long_form_is_not_sent() -> None:
    raw = packets(stream(extensions={PLAYOUT_DELAY_URI: 15}), picture(b"x"))[0]

    assert raw[12:] == b"x"


def test_sequence_numbers_wrap() -> None:
    wrapped = packets(stream(first_sequence=0xFFFF), picture(b"a", b"b"))

    assert [parsed(raw).sequence_number for raw in wrapped] == [0xFFFF, 0]


def test_a_repair_travels_on_its_own_stream_and_restores_the_packet() -> None:
    sender = stream()
    original = [parsed(raw) for raw in packets(sender, picture(b"one", b"two"))][1]
    raw = repair(sender, 1001)
    assert raw is not None
    again = parsed(raw)

    assert (again.ssrc, again.payload_type, again.sequence_number) == (222, 102, 50)
    assert again.extensions.transport_sequence_number == 9
    restored = unwrap_rtx(again, payload_type=101, ssrc=111)
    assert (restored.sequence_number, restored.payload, restored.marker) == (1001, b"two", original.marker)


def test_each_repair_has_a_number_of_its_own() -> None:
    sender = stream()
    packets(sender, picture(b"one"))
    repairs = [repair(sender, 1000) for _ in range(2)]

    assert [parsed(raw).sequence_number for raw in repairs if raw is not None] == [50, 51]


def test_without_rtx_the_packet_itself_is_sent_again() -> None:
    sender = stream(rtx_payload_type=None)
    sender.number(picture(b"one"))
    first = sender.media(1000, send_time=1, transport_number=9)

    assert repair(sender, 1000, send_time=1) == first


def test_a_forgotten_packet_is_not_repaired() -> None:
    sender = stream()
    for _ in range(HISTORY_PACKETS):
        sender.number(picture(b"x"))
    assert repair(sender, 1000) is not None

    sender.number(picture(b"x"))
    assert repair(sender, 1000) is None
    assert sender.media(1000, send_time=0, transport_number=0) is None
    assert sender.size_of(1000) is None


def test_counts_packets_and_payload_octets_for_the_sender_report() -> None:
    sender = stream()
    packets(sender, picture(b"one", b"three"))

    assert (sender.packet_count, sender.octet_count) == (2, 8)


def test_what_a_packet_takes_on_the_wire_is_known_before_it_leaves() -> None:
    sender = stream()
    [(sequence, size)] = sender.number(picture(b"x" * 100))

    assert size == sender.size_of(sequence) == 100 + OVERHEAD_BYTES
    assert sender.packet_count == 0
