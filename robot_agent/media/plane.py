"""The media plane: the cameras, two renditions, any number of viewers, each with picture and data channel."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Final, assert_never
from weakref import WeakValueDictionary

import structlog

from robot_agent.media import aiortc_seams as seams
from robot_agent.media import hardware
from robot_agent.media.aiortc_guards import refuse_what_would_choke
from robot_agent.media.camera_desk import CameraDesk
from robot_agent.media.cameras import CameraRig, MountedCamera
from robot_agent.media.peer import OfferRefused, PeerLink
from robot_agent.media.pipeline import VideoPipeline
from robot_agent.media.rendition import Renditions
from robot_agent.media.seats import SeatFor, SpeakToFor, no_seat, no_voice
from robot_agent.media.settings import VideoSettings
from robot_agent.media.subscriptions import Subscriptions
from robot_agent.media.turn.room import TurnRoom
from robot_agent.readiness import Relays
from teleop_core.wire.messages import (
    Ack,
    Cameras,
    ChooseCamera,
    IceServer,
    Lane,
    MediaMessage,
    Refusal,
    Role,
    RtcAnswer,
    RtcCandidate,
    RtcClose,
    RtcOffer,
    SpeakTo,
    Verdict,
)

_LOOK_EVERY_S: Final = 0.25
_MAX_DETAIL_CHARS: Final = 300

_log = structlog.get_logger(__name__)


class MediaPlane:
    """Owns the cameras, the encoders and every WebRTC connection of the robot.

    Args:
        cameras: the first is the main one, until somebody chooses another; each is read by a thread of the plane's own,
            which also closes it in the end.
        settings: the `[robot.video]` table.
        ice_servers: STUN and TURN servers of the robot's own; beside them only those are asked that it is told of.
        on_message: called on the event loop with (peer, frame) for each frame from a data channel; pings are answered
            here and not passed on.
        on_captured: called on the event loop with (rtp_time, captured_ns) for each picture that may be sent, before it
            is sent; it is as old as what the drive camera shows in it, see `cameras`.
        on_cameras: called on the event loop with how the cameras are, at every change and once a second.
        voice: asked at each offer for the peer's seat at the audio section.
        speak_to: told whom a peer's voice is for.
        face: asked at each offer for the peer's seat at the second video section.

    Raises:
        ConfigError: a URL in `ice_servers` is not one of a STUN or TURN server.
    """

    def __init__(
        self,
        *,
        cameras: Sequence[MountedCamera],
        settings: VideoSettings,
        ice_servers: Sequence[IceServer],
        on_message: Callable[[str, bytes], None],
        on_captured: Callable[[int, int], None],
        on_cameras: Callable[[Cameras], None],
        voice: SeatFor = no_seat,
        speak_to: SpeakToFor = no_voice,
        face: SeatFor = no_seat,
    ) -> None:
        seams.negotiate_playout_delay()
        seams.negotiate_transport_feedback()
        refuse_what_would_choke()
        self._settings = settings
        self._turn = TurnRoom(ice_servers)
        self._on_message = on_message
        self._voice = voice
        self._speak_to = speak_to
        self._face = face
        rig = CameraRig(cameras)
        self._desk = CameraDesk(rig, on_cameras=on_cameras)
        self._renditions = Renditions.of(settings)
        self._subscriptions = Subscriptions(tuple(self._renditions))
        self._pipeline = VideoPipeline(
            rig=rig,
            renditions=self._renditions,
            choose_encoder=lambda: hardware.choose(settings.encoder),
            on_shot=on_captured,
        )
        self._links: dict[str, PeerLink] = {}
        self._lost: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._look = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def peers(self) -> frozenset[str]:
        """Who has a connection now, or is about to have one."""
        return frozenset(self._links)

    @property
    def lost(self) -> frozenset[str]:
        """Whose connection has fallen silent, as of the last look: within a second, while a page pings."""
        return frozenset(self._lost)

    def speaks(self, peer: str) -> bool:
        """Return whether the page of `peer` is connected and its own program heard."""
        link = self._links.get(peer)
        return link is not None and link.speaks(now_ns=time.monotonic_ns())

    @property
    def viewers(self) -> int:
        """How many connections receive the picture now."""
        return len(self._subscriptions)

    @property
    def relays(self) -> Relays:
        """What is known of TURN now."""
        return self._turn.relays

    def hear_ice_servers(self, servers: Sequence[IceServer]) -> None:
        """Take in the STUN and TURN servers that the bridge gives this robot, whole."""
        self._turn.hear(servers)

    async def run(self) -> None:
        """Serve until `close`, or until cancelled; raises what ended the camera's or the encoder's thread."""
        try:
            async with asyncio.TaskGroup() as tasks:
                pipeline = tasks.create_task(self._pipeline.run(), name="video-pipeline")
                watch = tasks.create_task(self._watch_links(), name="peer-watch")
                settling = tasks.create_task(self._subscriptions.run(), name="subscriptions")
                desk = tasks.create_task(self._desk.run(), name="camera-desk")
                turn = tasks.create_task(self._turn.run(), name="ice-servers")
                await self._closing.wait()
                for task in (pipeline, watch, settling, desk, turn):
                    task.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        """Close every connection and let `run` return."""
        self._closing.set()
        await self._close_all()

    async def receive(self, peer: str, role: Role, message: MediaMessage) -> RtcAnswer | Ack | None:
        """Take a signalling message of `peer`, who is here as `role`, and return what to answer, if anything.

        Messages of one peer take effect in the order of the calls. An offer repeated under its id gets the same
        answer again; under a new id it replaces the peer's connection. A candidate of a session that is no more is
        nothing. Never raises for what a message says.
        """
        async with self._turn_of(peer):
            match message:
                case RtcOffer():
                    return await self._offered(peer, role, message)
                case RtcCandidate():
                    return await self._candidate(peer, message)
                case RtcClose():
                    await self._end(peer, session=message.id, why="closed by the page")
                    return Ack(id=message.id, verdict=Verdict.DONE)
                case ChooseCamera():
                    return self._desk.choose(role, message)
                case SpeakTo():
                    return self._speak_to(peer, role, message)
                case _:
                    assert_never(message)

    def send(self, peer: str | None, lane: Lane, body: bytes) -> None:
        """Send a frame to `peer`, or to every peer, where the data channel is open and free; never blocks.

        This is the faster of two roads and loses what does not fit: state when anything waits, events when 64 KiB do.
        """
        if peer is None:
            for link in self._links.values():
                link.send(lane, body)
        elif peer in self._links:
            self._links[peer].send(lane, body)

    async def _offered(self, peer: str, role: Role, offer: RtcOffer) -> RtcAnswer | Ack:
        current = self._links.get(peer)
        if current is not None and current.session == offer.id:
            return RtcAnswer(id=offer.id, sdp=current.answer_sdp)
        if self._closing.is_set():
            return _refused(offer.id, Refusal.MEDIA, "the robot is shutting down")
        if current is None:
            await self._make_room()
        if current is None and len(self._links) >= self._settings.max_viewers:
            return _refused(offer.id, Refusal.OVERLOADED, f"expected at most {self._settings.max_viewers} viewers")
        ice = await self._turn.choose()  # while an older connection still serves
        await self._end(peer, session=None, why="replaced")
        link = PeerLink(
            session=offer.id,
            settings=self._settings,
            subscriptions=self._subscriptions,
            best=self._renditions.best_for(role),
            ice=ice,
            voice=self._voice(peer),
            face=self._face(peer),
            on_frame=lambda frame: self._on_message(peer, frame),
            on_end=self._look.set,
        )
        try:
            sdp = await link.answer(offer.sdp)
        except OfferRefused as exc:
            await link.close()
            return _refused(offer.id, Refusal.MEDIA, str(exc))
        except asyncio.CancelledError:
            await link.close()
            raise
        if self._closing.is_set():
            await link.close()
            return _refused(offer.id, Refusal.MEDIA, "the robot is shutting down")
        self._links[peer] = link
        return RtcAnswer(id=offer.id, sdp=sdp)

    async def _candidate(self, peer: str, message: RtcCandidate) -> Ack | None:
        link = self._links.get(peer)
        if link is None or link.session != message.id:
            return None
        try:
            await link.add_candidate(message)
        except ValueError as exc:
            return _refused(message.id, Refusal.MALFORMED, str(exc))
        return None

    def _turn_of(self, peer: str) -> asyncio.Lock:
        """Return the lock that puts one peer's messages in order; it is forgotten when nobody holds or awaits it."""
        return self._turns.setdefault(peer, asyncio.Lock())

    async def _watch_links(self) -> None:
        """Close what failed, never connected or fell silent."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._look.wait()
            self._look.clear()
            now_ns = time.monotonic_ns()
            self._note_lost({peer for peer, link in self._links.items() if link.is_lost(now_ns=now_ns)})
            dead = [(peer, link.session, link.given_up(now_ns=now_ns)) for peer, link in self._links.items()]
            await asyncio.gather(*(self._end(peer, session=session, why=why) for peer, session, why in dead if why))

    def _note_lost(self, lost: set[str]) -> None:
        for peer in lost ^ self._lost:
            if peer in self._links:
                _log.info("peer_lost" if peer in lost else "peer_back", peer=peer, session=self._links[peer].session)
        self._lost = lost

    async def _make_room(self) -> None:
        """Where all places are taken, end the session of somebody who is missed."""
        missed = next((peer for peer in self._lost if peer in self._links), None)
        if missed is not None and len(self._links) >= self._settings.max_viewers:
            await self._end(missed, session=None, why="lost, and its place is needed")

    async def _end(self, peer: str, *, session: str | None, why: str) -> None:
        """Close the peer's connection, if it is the one of `session` (None: whichever)."""
        link = self._links.get(peer)
        if link is None or session not in {None, link.session}:
            return
        del self._links[peer]
        if link.came_to_nothing(now_ns=time.monotonic_ns()):
            self._turn.distrust(link.ice)
        _log.info("peer_closed", peer=peer, session=link.session, why=why)
        await link.close()

    async def _close_all(self) -> None:
        await asyncio.gather(*(self._end(peer, session=None, why="media plane closed") for peer in self._links))


def _refused(request: str, refusal: Refusal, detail: str) -> Ack:
    return Ack(id=request, verdict=Verdict.REFUSED, refusal=refusal, detail=detail[:_MAX_DETAIL_CHARS])
