"""The media plane without media, and the hall's STOP page without a browser, where the switchboard expects them."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from prove.clock import VirtualLoop
from prove.people import Person
from robot_agent.switchboard import Switchboard
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person

PHONE: Final = "hall-1"
SIGNALLING_S: Final = 0.01
CLOSING_S: Final = 0.2
MEDIA_PERIOD_S: Final = 0.02
PICTURE_EVERY: Final = 2  # periods


class Audience(Protocol):
    """Who watches, and whether there is anything to see."""

    loop: VirtualLoop
    people: dict[str, Person]  # by peer id
    camera_alive: bool


class PlayedMedia:
    """The media plane without media: one session a person, with a screen and perhaps a data channel."""

    def __init__(self, audience: Audience, switchboard: Switchboard) -> None:
        self._audience = audience
        self._switchboard = switchboard
        self.sessions: dict[str, str] = {}  # by peer

    async def receive(self, peer: str, role: m.Role, message: m.MediaMessage) -> m.RtcAnswer | m.Ack | None:
        """Take a signalling message."""
        del role
        await asyncio.sleep(SIGNALLING_S)
        match message:
            case m.RtcOffer(id=session):
                for way in (self._audience.people[peer].up_direct, self._audience.people[peer].down_direct):
                    way.lose_all()
                self.sessions[peer] = session
                return m.RtcAnswer(id=session, sdp="played")
            case m.RtcClose(id=session):
                await asyncio.sleep(CLOSING_S)
                if self.sessions.get(peer) == session:
                    del self.sessions[peer]
                return m.Ack(id=session, verdict=m.Verdict.DONE)
            case _:
                return None

    def hear_ice_servers(self, servers: Sequence[m.IceServer]) -> None:
        """Need none."""
        del servers

    def send(self, peer: str | None, lane: m.Lane, body: bytes) -> None:
        """Send over the data channels."""
        del lane
        now_ns = self._audience.loop.now_ns
        for each in tuple(self.sessions) if peer is None else (peer,):
            person = self._audience.people.get(each)
            if person is not None and person.has_direct and each in self.sessions:
                person.down_direct.send(body, now_ns=now_ns)

    async def run(self) -> None:
        """Capture pictures, and read the data channels."""
        loop, beat = self._audience.loop, 0
        while True:
            await asyncio.sleep(MEDIA_PERIOD_S)
            now_ns = loop.now_ns
            for peer in tuple(self.sessions):
                for body in self._audience.people[peer].up_direct.arriving(now_ns=now_ns):
                    self._switchboard.from_channel(peer, body)
            beat += 1
            if beat % PICTURE_EVERY == 0 and self._audience.camera_alive:
                rtp_time = now_ns // NS_PER_MS * 90 % 2**32
                self._switchboard.captured(rtp_time, now_ns - NS_PER_MS)
                for peer in self.sessions:
                    self._audience.people[peer].sight.send(b"%d" % rtp_time, now_ns=now_ns)


class PlayedPage:
    """The STOP page in the hall: one phone, that presses STOP again until it is answered."""

    def __init__(self) -> None:
        self.answered_ids: set[str] = set()

    def is_page(self, peer: str) -> bool:
        """Return whether `peer` is the phone."""
        return peer == PHONE

    def answered(self, peer: str, body: bytes) -> None:
        """Take what the motion process answered."""
        del peer
        ack = decode_to_person(body)
        if isinstance(ack, m.StopAck):
            self.answered_ids.add(ack.id)

    def changed(self) -> None:
        """Look at nothing."""
