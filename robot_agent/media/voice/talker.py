"""One person's voice between the event loop, which puts packets in, and the sound device's thread, which plays them."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from robot_agent.media.voice.pcm import Pcm, silence
from robot_agent.media.voice.playout import PlayoutBuffer
from teleop_core.timebase import NS_PER_MS

MAX_UNREAD: Final = 128  # packets; a thread that hangs costs no more
OTHER_SOURCE_MS: Final = 100.0  # one voice is one source: another is listened to when that has sent nothing for so long


@dataclass(frozen=True, slots=True)
class VoicePacket:
    """One RTP packet of a voice."""

    ssrc: int
    rtp_time: int
    payload: bytes
    arrived_ns: int


@dataclass(frozen=True, slots=True)
class Heard:
    """How a voice fares: how long it waits in the robot, and the share that had to be made up."""

    wait_ms: float | None
    concealed: float


class Talker:
    """`put` belongs to the event loop, `play` to the sound device's thread; a deque is all that they share."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self._inbox: deque[VoicePacket] = deque(maxlen=MAX_UNREAD)
        self._buffer: PlayoutBuffer | None = None  # made with the first packet, in the thread that uses it
        self._ssrc: int | None = None
        self._newest_ms = 0.0
        self.heard = Heard(None, 0.0)

    def put(self, packet: VoicePacket) -> None:
        """Take a packet over; never blocks."""
        self._inbox.append(packet)

    def play(self, *, now_ms: float) -> Pcm:
        """Return the next 10 ms of this voice."""
        for _ in range(len(self._inbox)):  # what comes meanwhile waits: a flood does not hold up the beat
            self._take(self._inbox.popleft())
        buffer = self._buffer
        if buffer is None:
            return silence()
        pcm = buffer.pull(now_ms=now_ms)
        counts = buffer.counts
        self.heard = Heard(buffer.wait_ms, counts.concealed / counts.played if counts.played else 0.0)
        return pcm

    def _take(self, packet: VoicePacket) -> None:
        now_ms = packet.arrived_ns / NS_PER_MS
        if self._buffer is None or packet.ssrc != self._ssrc:
            if self._buffer is not None and now_ms - self._newest_ms < OTHER_SOURCE_MS:
                return
            self._ssrc = packet.ssrc
            self._buffer = PlayoutBuffer()
        self._newest_ms = now_ms
        self._buffer.add(packet.payload, rtp_time=packet.rtp_time, now_ms=now_ms)
