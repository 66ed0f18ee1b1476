"""The places at a call: who takes the sections of an offer beside the picture."""

from collections.abc import Callable
from typing import Protocol

from aiortc import RTCRtpTransceiver

from teleop_core.wire.messages import Ack, Refusal, Role, SpeakTo, Verdict


class Seat(Protocol):
    """One peer's place for one section: its voice, or its face."""

    def take(self, transceiver: RTCRtpTransceiver, *, on_heard: Callable[[], None]) -> None:
        """Prepare the section before the answer is made: its direction (it comes as inactive), codecs, both ends.

        Called at most once, on the event loop. `on_heard` is to be called for whatever the peer is heard by.
        """
        ...

    def leave(self) -> None:
        """Let go of everything: the connection is closed. Called once after `take`, on the event loop; never raises."""
        ...


SeatFor = Callable[[str], Seat | None]  # by peer, asked at each offer; None leaves the section inactive


def no_seat(peer: str) -> None:
    """Have nothing for anybody."""
    del peer


SpeakToFor = Callable[[str, Role, SpeakTo], Ack]  # by peer


def no_voice(peer: str, role: Role, wish: SpeakTo) -> Ack:
    """Refuse to hear anybody."""
    del peer, role
    return Ack(id=wish.id, verdict=Verdict.REFUSED, refusal=Refusal.MEDIA, detail="the robot has no sound")
