"""The playout buffer of one voice: packets as they come in, an even stream of samples out. It reads no clock.

All time is measured against the fastest packet of the last seconds: a sample that would be played in the instant in
which the fastest packet brings it has waited 0 ms. The buffer waits for what nearly all packets need (`Transit`), no
longer: above that it plays a little faster, below a little slower. What is not there in time is recovered from the next
packet (FEC), else concealed, at most two packets in a row; then it holds until something comes. Nothing adds up: the
wait is measured anew at every packet.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from robot_agent.media.voice import stretch
from robot_agent.media.voice.opus import CONCEALABLE_SAMPLES, FRAME_SAMPLES, OpusDecoder, OpusError, samples_of
from robot_agent.media.voice.pcm import SAMPLES_PER_MS, TURN_SAMPLES, Pcm, silence
from robot_agent.media.voice.transit import Transit

FASTER_ABOVE_MS: Final = 12.0  # over the target
SLOWER_BELOW_MS: Final = 2.0  # under it
AT_ANY_COST_MS: Final = 40.0  # off the target by so much, a cut that is heard is the lesser evil
DROP_ABOVE_MS: Final = 150.0
MAX_CONCEALED: Final = 2  # packets in a row
PAUSE_MS: Final = 300.0  # whoever sends nothing for so long begins anew
MAX_WAITING: Final = 64  # packets, 1.3 s

_WRAP: Final = 1 << 32
_PAUSE_SAMPLES: Final = 100 * SAMPLES_PER_MS  # a longer gap with a packet behind it was never sent


class Decoder(Protocol):
    """What the buffer asks of a codec; see `OpusDecoder`."""

    def decode(self, packet: bytes) -> Pcm:
        """Return the samples of `packet`."""
        ...

    def recover(self, following: bytes, samples: int) -> Pcm:
        """Return the lost samples before the packet `following`."""
        ...

    def conceal(self, samples: int) -> Pcm:
        """Return samples that sound like what came before."""
        ...


@dataclass(slots=True)
class Counts:
    """What became of the voice, in samples played; `late` and `unusable` count packets."""

    played: int = 0
    recovered: int = 0
    concealed: int = 0
    late: int = 0
    unusable: int = 0


class PlayoutBuffer:
    """Takes packets with `add` and is asked for 10 ms at a time with `pull`, both by the same thread."""

    def __init__(self, decoder: Decoder | None = None) -> None:
        self._decoder = decoder or OpusDecoder()
        self._transit = Transit()
        self._packets: dict[int, bytes] = {}  # by unwrapped RTP time
        self._newest: int | None = None  # unwrapped RTP time
        self._next: int | None = None  # of the next sample to decode; None before the first, and after a pause
        self._frame = FRAME_SAMPLES
        self._ready = silence(0)
        self._concealed_in_row = 0
        self._wait_ms: float | None = None
        self._arrived_ms: float | None = None  # the newest packet
        self.counts = Counts()

    @property
    def target_ms(self) -> float:
        """How long samples should wait."""
        return self._transit.target_ms

    @property
    def wait_ms(self) -> float | None:
        """How long the samples of the last `pull` had waited; None when it was silence."""
        return self._wait_ms

    def add(self, payload: bytes, *, rtp_time: int, now_ms: float) -> None:
        """Take in a packet that arrived at `now_ms`. One that is no Opus, comes twice or too late is dropped."""
        try:
            samples = samples_of(payload)
        except OpusError:
            self.counts.unusable += 1
            return
        at = self._unwrapped(rtp_time)
        if self._arrived_ms is not None and now_ms - self._arrived_ms >= PAUSE_MS:
            self._transit.resume()
            self._packets.clear()
            self._next = None
        self._arrived_ms = now_ms
        if not self._transit.add(now_ms - at / SAMPLES_PER_MS):
            self._packets.clear()
            self._next = None
        if self._next is not None and at < self._next:
            self.counts.late += 1
            return
        self._frame = samples
        self._packets.setdefault(at, payload)
        while len(self._packets) > MAX_WAITING:
            del self._packets[min(self._packets)]

    def pull(self, *, now_ms: float) -> Pcm:
        """Return the 10 ms to be played from `now_ms` on."""
        while len(self._ready) < TURN_SAMPLES:
            more = self._produce(now_ms)
            if more is None:
                self._wait_ms = None
                rest, self._ready = self._ready, silence(0)
                return np.concatenate([rest, silence(TURN_SAMPLES - len(rest))])
            self._ready = np.concatenate([self._ready, more])
        self._wait_ms = self._waited_ms(now_ms)
        turn, self._ready = self._ready[:TURN_SAMPLES], self._ready[TURN_SAMPLES:]
        self.counts.played += TURN_SAMPLES
        return turn

    def _produce(self, now_ms: float) -> Pcm | None:
        """Return the next decoded samples, or None when there is nothing to be played now."""
        self._drop_what_is_old(now_ms)
        if self._next is None and not self._begin(now_ms):
            return None
        at = self._next
        if at is None:
            return None
        if at in self._packets:
            pcm = self._decoded(self._packets.pop(at))
            self._next = at + len(pcm)
            return self._paced(pcm, self._lateness_ms(at, now_ms))
        following = min(self._packets, default=None)
        if following is None:
            return self._concealed(at, self._frame)
        return self._bridged(at, following, now_ms)

    def _bridged(self, at: int, following: int, now_ms: float) -> Pcm | None:
        """Return what is to be heard where a packet is missing and a later one is there."""
        gap = following - at
        is_held = self._concealed_in_row >= MAX_CONCEALED
        is_due = self._lateness_ms(following, now_ms) >= self.target_ms
        if gap > _PAUSE_SAMPLES or gap % CONCEALABLE_SAMPLES or (is_held and is_due):
            self._next = None
            return self._produce(now_ms) if is_due else None
        if gap > self._frame:
            return self._concealed(at, min(self._frame, gap), however_often=True)
        self._next = following
        self._concealed_in_row = 0
        try:
            mended = self._decoder.recover(self._packets[following], gap)
        except OpusError:
            mended = self._decoder.conceal(gap)
        self.counts.recovered += len(mended)
        return mended

    def _concealed(self, at: int, samples: int, *, however_often: bool = False) -> Pcm | None:
        if self._concealed_in_row >= MAX_CONCEALED and not however_often:
            return None
        self._concealed_in_row += 1
        self._next = at + samples
        self.counts.concealed += samples
        return self._decoder.conceal(samples)

    def _decoded(self, packet: bytes) -> Pcm:
        self._concealed_in_row = 0
        try:
            return self._decoder.decode(packet)
        except OpusError:
            self.counts.unusable += 1
            return self._decoder.conceal(self._frame)

    def _paced(self, pcm: Pcm, lateness_ms: float) -> Pcm:
        """Return `pcm`, made shorter or longer when the voice waits too long or too little."""
        off_ms = lateness_ms + len(self._ready) / SAMPLES_PER_MS - self.target_ms
        if off_ms > FASTER_ABOVE_MS:
            return stretch.faster(pcm, at_any_cost=off_ms > AT_ANY_COST_MS)
        if off_ms < -SLOWER_BELOW_MS:
            return stretch.slower(pcm, at_any_cost=off_ms < -AT_ANY_COST_MS)
        return pcm

    def _begin(self, now_ms: float) -> bool:
        """Start with the first packet there is, once it has waited for as long as it should."""
        first = min(self._packets, default=None)
        if first is None or self._lateness_ms(first, now_ms) < self.target_ms:
            return False
        self._next = first
        self._concealed_in_row = 0
        return True

    def _drop_what_is_old(self, now_ms: float) -> None:
        """After a stall, leave out what would have to wait far too long."""
        if self._next is None or self._lateness_ms(self._next, now_ms) <= DROP_ABOVE_MS:
            return
        kept = {at: packet for at, packet in self._packets.items() if self._lateness_ms(at, now_ms) <= self.target_ms}
        if kept or self._packets:
            self._packets = kept or {max(self._packets): self._packets[max(self._packets)]}
            self._next = min(self._packets)

    def _waited_ms(self, now_ms: float) -> float | None:
        if self._next is None:
            return None
        return self._lateness_ms(self._next, now_ms) + len(self._ready) / SAMPLES_PER_MS

    def _lateness_ms(self, at: int, now_ms: float) -> float:
        """Return how long ago the fastest packet would have brought the sample `at`."""
        return now_ms - at / SAMPLES_PER_MS - (self._transit.floor_ms or 0.0)

    def _unwrapped(self, rtp_time: int) -> int:
        newest = self._newest if self._newest is not None else rtp_time
        step = (rtp_time - newest + _WRAP // 2) % _WRAP - _WRAP // 2
        at = newest + step
        if self._newest is None or at > self._newest:
            self._newest = at
        return at
