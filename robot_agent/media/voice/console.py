"""What happens in the sound device's thread, 10 ms at a time: voices played, the hall cleaned, mixed, encoded."""

import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
import structlog

from robot_agent.media.faults import reason_of
from robot_agent.media.voice.beat import Beat
from robot_agent.media.voice.echo import EchoCanceller
from robot_agent.media.voice.levels import Meter
from robot_agent.media.voice.lines import Lines
from robot_agent.media.voice.mixes import HALL, Mix
from robot_agent.media.voice.opus import FRAME_SAMPLES, OpusEncoder
from robot_agent.media.voice.pcm import TURN_SAMPLES, Pcm, clipped, from_bytes, silence
from robot_agent.media.voice.talker import Talker
from teleop_core.timebase import NS_PER_MS

TURN_BYTES: Final = TURN_SAMPLES * 2

_log = structlog.get_logger(__name__)


class Console:
    """Turns what the microphone heard into what the loudspeaker plays; `deliver` gets 20 ms of each mix, encoded.

    `turn` is called by the sound device's thread alone. It never raises: a fault of the voice is silence and a line in
    the log. The loop sets `talkers` (who is heard in the hall, as a whole new tuple), `backstage` (who is heard there)
    and `mixes` (what somebody listens to).
    """

    def __init__(
        self,
        *,
        canceller: EchoCanceller,
        bitrate_bps: int,
        deliver: Callable[[Mapping[Mix, bytes]], None],
        lines: Lines,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._canceller = canceller
        self._bitrate_bps = bitrate_bps
        self._encoders: dict[Mix, OpusEncoder] = {HALL: OpusEncoder(bitrate_bps=bitrate_bps)}
        self._deliver = deliver
        self._lines = lines
        self._clock = clock
        self._beat = Beat()
        self._half: _Heard | None = None
        self._broken = False
        self.talkers: tuple[Talker, ...] = ()
        self.backstage: Talker | None = None
        self.mixes: frozenset[Mix] = frozenset()
        self.hall = Meter()
        self.speaker = Meter()

    def turn(self, hall: bytes) -> bytes:
        """Take 10 ms of the microphone, return 10 ms for the loudspeaker."""
        try:
            now_ms = self._beat.turn(now_ms=self._clock() / NS_PER_MS)
            spoken = self._mixed(now_ms)
            backstage = self.backstage
            self._take_hall(_whole(hall), spoken, None if backstage is None else backstage.play(now_ms=now_ms))
        except Exception as exc:  # noqa: BLE001 - the root of the sound: whatever it is, motion and picture go on
            if not self._broken:
                _log.error("voice.turn_failed", error=reason_of(exc))
            self._broken = True
            return bytes(TURN_BYTES)
        self._broken = False
        return spoken.astype("<i2", copy=False).tobytes()

    def _mixed(self, now_ms: float) -> Pcm:
        voices = [talker.play(now_ms=now_ms) for talker in self.talkers]
        line = self._lines.play()
        if line is not None:
            voices.append(line)
        match voices:
            case []:
                spoken = silence()
            case [one]:
                spoken = one
            case _:
                spoken = clipped(np.sum(voices, axis=0, dtype=np.int32))
        self.speaker.add(spoken)
        return spoken

    def _take_hall(self, near: Pcm, far: Pcm, backstage: Pcm | None) -> None:
        """Clean, mix and encode while somebody listens; else the echo would be taken out for nobody."""
        mixes = self.mixes
        if not mixes:
            self.hall.add(near)
            self._half = None
            return
        pcm = self._canceller.process(near, far)
        self.hall.add(pcm)
        heard = _Heard(pcm, far, silence() if backstage is None else backstage)
        if self._half is None:
            self._half = heard
        else:
            first, self._half = self._half, None
            whole = _Heard(*(np.concatenate(halves) for halves in zip(first, heard, strict=True)))
            self._deliver({mix: self._encoder(mix).encode(whole.mixed(mix)) for mix in mixes})

    def _encoder(self, mix: Mix) -> OpusEncoder:
        if mix not in self._encoders:
            self._encoders[mix] = OpusEncoder(bitrate_bps=self._bitrate_bps)
        return self._encoders[mix]


class _Heard(NamedTuple):
    """What there is to hear at one time."""

    hall: Pcm
    voices: Pcm
    backstage: Pcm

    def mixed(self, mix: Mix) -> Pcm:
        parts = [self.hall, *([self.voices] if mix.voices else []), *([self.backstage] if mix.backstage else [])]
        return self.hall if len(parts) == 1 else clipped(np.sum(parts, axis=0, dtype=np.int32))


def _whole(hall: bytes) -> Pcm:
    pcm = from_bytes(hall[: len(hall) // 2 * 2])
    return pcm if len(pcm) == TURN_SAMPLES else np.resize(pcm, TURN_SAMPLES) if len(pcm) else silence()


assert FRAME_SAMPLES == 2 * TURN_SAMPLES  # noqa: S101 - what `_take_hall` counts on
