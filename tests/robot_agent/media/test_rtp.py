from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unwrap_rtx

from robot_agent.media.picture import Picture
from robot_agent.media.rtp import (
    ABS_SEND_TIME_URI,
    HISTORY_PACKETS,
    MID_URI,
    PLAYOUT_DELAY_URI,
    RtpStream,
    StreamParameters,
)

EXTENSIONS = {MID_URI: 1, ABS_SEND_TIME_URI: 3, PLAYOUT_DELAY_URI: 6}


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
    return Picture(payloads=payloads, rtp_time=rtp_time, captured_ns=1, since_ns=1, keyframe=False)


def parsed(raw: bytes) -> RtpPacket:
    known = HeaderExtensionsMap()
    known.configure(
        RTCRtpParameters(
            headerExtensions=[RTCRtpHeaderExtensionParameters(id=x_id, uri=uri) for uri, x_id in EXTENSIONS.items()]
        )
    )
    return RtpPacket.parse(raw, known)


def test_packets_carry_the_shared_payloads_under_own_numbers_and_the_last_is_marked() -> None:
    packets = [parsed(raw) for raw in stream().packets(picture(b"one", b"two", b"three"), send_time=77)]

    assert [p.payload for p in packets] == [b"one", b"two", b"three"]
    assert [p.sequence_number for p in packets] == [1000, 1001, 1002]
    assert [p.marker for p in packets] == [0, 0, 1]
    assert {(p.timestamp, p.ssrc, p.payload_type) for p in packets} == {(9000, 111, 101)}


def test_header_extensions_are_readable_by_others() -> None:
    packet = parsed(next(stream().packets(picture(b"x"), send_time=77)))

    assert packet.extensions.mid == "0"
    assert packet.extensions.abs_send_time == 77


def test_playout_delay_is_zero_to_zero() -> None:
    raw = next(stream(extensions={PLAYOUT_DELAY_URI: 6}).packets(picture(b"x"), send_time=0))

    assert raw[12:20] == bytes.fromhex("bede 0001 62 000000")


def test_without_negotiated_extensions_the_header_is_plain() -> None:
    raw = next(stream(extensions={}).packets(picture(b"x"), send_time=0))

    assert raw[0] == 0x80
    assert raw[12:] == b"x"


def test_an_extension_id_that_needs_the_long_form_is_not_sent() -> None:
    raw = next(stream(extensions={PLAYOUT_DELAY_URI: 15}).packets(picture(b"x"), send_time=0))

    assert raw[12:] == b"x"


def test_sequence_numbers_wrap() -> None:
    packets = stream(first_sequence=0xFFFF).packets(picture(b"a", b"b"), send_time=0)

    assert [parsed(raw).sequence_number for raw in packets] == [0xFFFF, 0]


def test_a_repair_travels_on_its_own_stream_and_restores_the_packet() -> None:
    sender = stream()
    original = [parsed(raw) for raw in sender.packets(picture(b"one", b"two"), send_time=1)][1]
    raw = sender.repair(1001, send_time=2)
    assert raw is not None
    repair = parsed(raw)

    assert (repair.ssrc, repair.payload_type, repair.sequence_number) == (222, 102, 50)
    restored = unwrap_rtx(repair, payload_type=101, ssrc=111)
    assert (restored.sequence_number, restored.payload, restored.marker) == (1001, b"two", original.marker)


def test_each_repair_has_a_number_of_its_own() -> None:
    sender = stream()
    list(sender.packets(picture(b"one"), send_time=1))
    repairs = [sender.repair(1000, send_time=2) for _ in range(2)]

    assert [parsed(raw).sequence_number for raw in repairs if raw is not None] == [50, 51]


def test_without_rtx_the_packet_itself_is_sent_again() -> None:
    sender = stream(rtx_payload_type=None)
    first = next(sender.packets(picture(b"one"), send_time=1))

    assert sender.repair(1000, send_time=1) == first


def test_a_forgotten_packet_is_not_repaired() -> None:
    sender = stream()
    for _ in range(HISTORY_PACKETS):
        list(sender.packets(picture(b"x"), send_time=0))
    assert sender.repair(1000, send_time=0) is not None

    list(sender.packets(picture(b"x"), send_time=0))
    assert sender.repair(1000, send_time=0) is None


def test_counts_packets_and_payload_octets_for_the_sender_report() -> None:
    sender = stream()
    list(sender.packets(picture(b"one", b"three"), send_time=0))

    assert (sender.packet_count, sender.octet_count) == (2, 8)
