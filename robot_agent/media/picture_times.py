"""What a page is told of when its pictures were captured and encoded, so that it can show where the time goes; pure."""

from typing import Final

from robot_agent.media.picture import Picture
from teleop_core.timebase import NS_PER_MS, NS_PER_US
from teleop_core.wire.messages import PictureTime, PictureTimes

TELL_EVERY_NS: Final = 500 * NS_PER_MS
EACH_OF: Final = 3  # one picture of so many is told of: ten a second are enough for a median, and cost 5 kbit/s
MAX_TOLD: Final = 16


class PictureTimesLog:
    """The times of some of one page's pictures, until they are told."""

    def __init__(self) -> None:
        self._sent = 0
        self._times: list[PictureTime] = []
        self._told_ns: int | None = None

    def sent(self, picture: Picture, *, now_ns: int) -> PictureTimes | None:
        """Note that `picture` is sent; return what to tell now, twice a second."""
        if self._sent % EACH_OF == 0 and len(self._times) < MAX_TOLD:
            self._times.append(_time_of(picture))
        self._sent += 1
        if self._told_ns is None:
            self._told_ns = now_ns
        if now_ns - self._told_ns < TELL_EVERY_NS:
            return None
        times, self._times, self._told_ns = self._times, [], now_ns
        return PictureTimes(pictures=tuple(times)) if times else None


def _time_of(picture: Picture) -> PictureTime:
    return PictureTime(
        rtp_time=picture.rtp_time,
        captured_us=picture.captured_ns // NS_PER_US,
        waited_us=max(0, picture.taken_ns - picture.captured_ns) // NS_PER_US,
        encoding_us=max(0, picture.encoded_ns - picture.taken_ns) // NS_PER_US,
    )
