"""Every use of a private name of aiortc 1.16 and aioice 0.13, in one place; what guards them is in `aiortc_guards`.

`tests/robot_agent/media/test_aiortc_seams.py` holds each of them, so that an upgrade says what it broke.
"""

from collections.abc import Callable, Iterable
from typing import Final

from aiortc import RTCDtlsTransport, RTCRtpCodecParameters, RTCRtpTransceiver
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcdtlstransport import RtpSender, State
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters, RTCRtpSendParameters
from aiortc.sdp import H264Profile, parse_h264_profile_level_id

from robot_agent.media import datagrams
from robot_agent.media.rate.twcc import TRANSPORT_CC_URI
from robot_agent.media.rtp import PLAYOUT_DELAY_URI

_PLAYOUT_DELAY_ID: Final = 5  # only used in offers; an answer takes the offer's id. Audio and video share the space
_TRANSPORT_CC_ID: Final = 6
_TRANSPORT_CC: Final = RTCRtcpFeedback(type="transport-cc")
_SENDER_SLOT: Final = "_RTCRtpTransceiver__sender"
_TURN_INNER: Final = "_TurnTransport__inner_protocol"


def negotiate_playout_delay() -> None:
    """Let aiortc accept (and offer) the playout-delay header extension for video, in this whole process."""
    _know_extension(_PLAYOUT_DELAY_ID, PLAYOUT_DELAY_URI)


def negotiate_transport_feedback() -> None:
    """Let aiortc accept (and offer) transport-wide feedback on video, in this whole process."""
    _know_extension(_TRANSPORT_CC_ID, TRANSPORT_CC_URI)
    for codec in CODECS["video"]:
        if codec.rtcpFeedback and _TRANSPORT_CC not in codec.rtcpFeedback:
            codec.rtcpFeedback.append(_TRANSPORT_CC)


def _know_extension(x_id: int, uri: str) -> None:
    known = HEADER_EXTENSIONS["video"]
    if all(extension.uri != uri for extension in known):
        known.append(RTCRtpHeaderExtensionParameters(id=x_id, uri=uri))


def only_h264(transceiver: RTCRtpTransceiver) -> bool:
    """Leave only H.264 baseline in mode 1, and its RTX, among the negotiated codecs; False when there is none.

    Constrained baseline is what the encoder makes; a plain-baseline decoder plays it too.
    """
    for wanted in (H264Profile.PROFILE_CONSTRAINED_BASELINE, H264Profile.PROFILE_BASELINE):
        for codec in transceiver._codecs:
            if _h264_profile(codec) is wanted:
                repairs = [c for c in transceiver._codecs if c.parameters.get("apt") == codec.payloadType]
                transceiver._codecs = [codec, *repairs[:1]]
                return True
    return False


def _h264_profile(codec: RTCRtpCodecParameters) -> H264Profile | None:
    if codec.mimeType.lower() != "video/h264" or str(codec.parameters.get("packetization-mode", "0")) != "1":
        return None
    return parse_h264_profile_level_id(str(codec.parameters.get("profile-level-id", "42e01f")))[0]


def replace_sender(transceiver: RTCRtpTransceiver, sender: object) -> None:
    """Put `sender` in the place of aiortc's own, before the answer is made."""
    setattr(transceiver, _SENDER_SLOT, sender)


def stream_id(transceiver: RTCRtpTransceiver) -> str:
    """Return the media stream id that aiortc gave to the connection's tracks."""
    return transceiver.sender._stream_id


def register_sender(transport: RTCDtlsTransport, sender: RtpSender, parameters: RTCRtpSendParameters) -> None:
    """Have `transport` route RTCP about `sender` to it."""
    transport._register_rtp_sender(sender, parameters)


def unregister_sender(transport: RTCDtlsTransport, sender: RtpSender) -> None:
    """Undo `register_sender`."""
    transport._unregister_rtp_sender(sender)


def overhear_rtcp(transport: RTCDtlsTransport, heard: Callable[[bytes], bool]) -> None:
    """Have `heard` called with each decrypted RTCP packet of `transport`, before aiortc reads it.

    Where it returns True that was all that is in it, and aiortc need not read it.
    """
    read = transport._handle_rtcp_data

    async def hear_and_read(data: bytes) -> None:
        if not heard(data):
            await read(data)

    transport._handle_rtcp_data = hear_and_read  # type: ignore[method-assign] # a seam


async def send_rtp(transport: RTCDtlsTransport, packet: bytes) -> None:
    """Encrypt one RTP or RTCP packet and send it.

    Raises:
        ConnectionError: the transport is not connected any more.
    """
    await transport._send_rtp(packet)


def send_media(transport: RTCDtlsTransport, packets: Iterable[bytes]) -> None:
    """Encrypt RTP packets and send them, without the four coroutines a packet that aiortc and aioice take for it.

    Raises:
        ConnectionError: the transport is not connected any more.
    """
    pair = transport.transport._connection._nominated.get(1)
    if transport._state is not State.CONNECTED or pair is None:
        raise ConnectionError("expected a connected transport")
    datagrams.send_together(pair.protocol.transport, list(map(transport._tx_srtp.protect, packets)), pair.remote_addr)


def backlog_bytes(transport: RTCDtlsTransport) -> int:
    """Return what waits in this process to leave through the nominated path: a stalled TCP relay or a full socket."""
    pair = transport.transport._connection._nominated.get(1)
    if pair is None:
        return 0
    path: object = pair.protocol.transport
    inner = getattr(path, _TURN_INNER, None)
    if inner is not None:
        path = inner.transport
    return datagrams.backlog_bytes(path)
