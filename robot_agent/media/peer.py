"""One peer's WebRTC connection: each section of the offer given to its room, the data channel opened, the end noticed.

====================  ==================================================================
section of the offer  goes to
====================  ==================================================================
first video           the picture, which the robot sends
second video          the seat for the face, which the robot receives
first audio           the seat for the voice
data channel          `MotionChannel`
====================  ==================================================================

A section that nobody takes stays inactive: pages and viewers offer what they have, all at once, and nothing is
renegotiated later.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.aiortc_guards import guard
from robot_agent.media.channel import LABEL, MotionChannel
from robot_agent.media.liveness import Liveness
from robot_agent.media.picture import Picture
from robot_agent.media.picture_times import PictureTimesLog
from robot_agent.media.seats import Seat
from robot_agent.media.sender import PictureSender
from robot_agent.media.settings import VideoSettings
from robot_agent.media.signalling import candidate_of, usable_offer
from robot_agent.media.subscriptions import Subscriptions
from robot_agent.media.turn.seams import use_servers
from robot_agent.media.turn.servers import NO_SERVERS, Choice
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Lane, PictureArrivals, RtcCandidate

_CLOSE_LIMIT_S: Final = 2.0
_TIME_TO_CONNECT_NS: Final = 3_000 * NS_PER_MS
_ENDED: Final = frozenset({"failed", "closed"})

_log = structlog.get_logger(__name__)


class OfferRefused(Exception):
    """The offer cannot be answered; the message says what was expected and what was seen."""


class PeerLink:
    """The connection that one `RtcOffer` opened.

    `on_end` is called at most once, on the event loop, when the connection failed or was closed from the other side.
    """

    def __init__(
        self,
        *,
        session: str,
        settings: VideoSettings,
        subscriptions: Subscriptions,
        best: int,
        ice: Choice = NO_SERVERS,
        voice: Seat | None = None,
        face: Seat | None = None,
        on_frame: Callable[[bytes], None],
        on_end: Callable[[], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.session = session
        self.ice = ice
        self.answer_sdp = ""
        self._settings = settings
        self._subscriptions = subscriptions
        self._best = best
        self._on_frame = on_frame
        self._on_end = on_end
        self._channel: MotionChannel | None = None
        self._clock = clock
        self._offered_ns = clock()
        self._liveness = Liveness(now_ns=self._offered_ns)
        self._was_connected = False
        self._sender: PictureSender | None = None
        self._free_seats = {"audio": voice, "video": face}
        self._taken_seats: list[Seat] = []
        self._times = PictureTimesLog()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._connection.on("datachannel", self._channel_opened)
        self._connection.on("connectionstatechange", self._state_changed)

    async def answer(self, offer_sdp: str) -> str:
        """Return the SDP answer, with all candidates of this host in it.

        Raises:
            OfferRefused: it is not SDP, or not what this robot can serve.
        """
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(usable_offer(offer_sdp), "offer"))
            guard(self._connection)
            use_servers(self._connection, self.ice)
            transceivers = self._connection.getTransceivers()
            if not transceivers and self._connection.sctp is None:
                raise OfferRefused("expected an SDP offer with a video or data section, got neither")
            for transceiver in transceivers:
                self._prepare(transceiver)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except (InternalError, InvalidAccessError, InvalidStateError, OperationError) as exc:
            raise OfferRefused(str(exc) or type(exc).__name__) from exc
        except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
            # aiortc's parser raises what its own lines happen to raise on a text that is not quite SDP.
            raise OfferRefused(f"expected an SDP offer of a browser: {type(exc).__name__}: {exc}") from exc
        self.answer_sdp = self._connection.localDescription.sdp
        return self.answer_sdp

    def came_to_nothing(self, *, now_ns: int) -> bool:
        """Return whether it had time to connect, and did not."""
        return not self._was_connected and now_ns - self._offered_ns > _TIME_TO_CONNECT_NS

    async def add_candidate(self, message: RtcCandidate) -> None:
        """Take a trickled candidate; their end means nothing here, the connect deadline does.

        Raises:
            ValueError: it is not a candidate.
        """
        candidate = candidate_of(message)
        if candidate is not None:
            await self._connection.addIceCandidate(candidate)

    def send(self, lane: Lane, body: bytes) -> bool:
        """Send a frame over the data channel, if it is open and free."""
        return self._channel is not None and self._channel.send(lane, body)

    def given_up(self, *, now_ns: int) -> str | None:
        """Return why this connection is to be closed, None while it lives."""
        if self._connection.connectionState in _ENDED:
            return f"connection {self._connection.connectionState}"
        if not self._was_connected:
            waited_ms = (now_ns - self._offered_ns) / NS_PER_MS
            return "not connected in time" if waited_ms > self._settings.connect_deadline_ms else None
        silent_ms = self._liveness.silent_ns(now_ns=now_ns) / NS_PER_MS
        return "silent" if silent_ms > self._settings.silence_limit_ms else None

    def is_lost(self, *, now_ns: int) -> bool:
        """Return whether the page is missed: it was connected, and nothing is heard of it."""
        return self._was_connected and self._liveness.is_lost(now_ns=now_ns)

    def speaks(self, *, now_ns: int) -> bool:
        """Return whether the page's own program is heard."""
        return self._was_connected and self._liveness.speaks(now_ns=now_ns) and not self.is_lost(now_ns=now_ns)

    async def close(self) -> None:
        """Close the connection, telling the other side; bounded in time, never raises."""
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                # Shielded: whoever waits for a connection that closes already, and is cancelled, would cancel that too.
                await asyncio.shield(self._connection.close())
        except TimeoutError:
            _log.warning("peer_close_stuck", session=self.session, waited_s=_CLOSE_LIMIT_S)
        finally:
            while self._taken_seats:
                self._taken_seats.pop().leave()

    def _prepare(self, transceiver: RTCRtpTransceiver) -> None:
        """Give the section to whom it belongs."""
        if transceiver.kind == "video" and self._sender is None:
            self._send_picture(transceiver)
            return
        transceiver.direction = "inactive"
        seat = self._free_seats.pop(transceiver.kind, None)
        if seat is not None:
            seat.take(transceiver, on_heard=self._heard)
            self._taken_seats.append(seat)

    def _send_picture(self, transceiver: RTCRtpTransceiver) -> None:
        if not seams.only_h264(transceiver):
            raise OfferRefused("expected H.264 baseline with packetization-mode=1 among the codecs, got none")
        transceiver.direction = "sendonly"
        self._sender = PictureSender(
            transceiver.receiver.transport,
            session=self.session,
            subscriptions=self._subscriptions,
            best=self._best,
            stream_id=seams.stream_id(transceiver),
            on_heard=self._heard,
            on_picture=self._tell_times,
        )
        seams.replace_sender(transceiver, self._sender)

    def _tell_times(self, picture: Picture) -> None:
        """Tell the page now and then when its pictures were captured and encoded."""
        times = self._times.sent(picture, now_ns=self._clock())
        if times is not None:
            self.send(Lane.EVENT, encode(times))

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label == LABEL:
            self._channel = MotionChannel(
                channel,
                on_frame=self._on_frame,
                on_heard=self._heard,
                on_ping=self._pinged,
                on_arrivals=self._pictures_came,
            )
        else:
            channel.close()

    def _pictures_came(self, arrivals: PictureArrivals) -> None:
        if self._sender is not None:
            self._sender.pictures_came(arrivals)

    def _heard(self) -> None:
        self._liveness.heard(now_ns=self._clock())

    def _pinged(self) -> None:
        self._liveness.pinged(now_ns=self._clock())

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._was_connected = True
            self._heard()
        elif state in _ENDED:
            self._on_end()
