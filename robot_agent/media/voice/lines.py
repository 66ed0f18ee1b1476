"""Lines and sounds of the robot's own on their way to its loudspeaker, one after the other."""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from robot_agent.media.voice.pcm import TURN_SAMPLES, Pcm

MAX_LINES: Final = 8


class _Line:
    def __init__(self, key: str, pcm: Pcm) -> None:
        self.key = key
        self.pcm = pcm
        self.at = 0
        self.is_cut = False


class Lines:
    """`put`, `cut` and `clear` are the event loop's, `play` the sound device's thread's; a deque is all they share.

    `on_end` is called by that thread with the key of each line that is over, played or cut.
    """

    def __init__(self, *, on_end: Callable[[str], None]) -> None:
        self._on_end = on_end
        self._waiting: deque[_Line] = deque()

    @property
    def is_playing(self) -> bool:
        """Whether a line is played, or waits."""
        return bool(self._waiting)

    def put(self, key: str, pcm: Pcm) -> bool:
        """Let a line wait for its turn; False when too many do."""
        if len(self._waiting) >= MAX_LINES:
            return False
        self._waiting.append(_Line(key, pcm))
        return True

    def cut(self, key: str | None = None) -> None:
        """Break off a line, or all of them."""
        for line in tuple(self._waiting):
            line.is_cut = line.is_cut or key in {None, line.key}

    def clear(self) -> list[str]:
        """Forget all lines: no thread plays them any more; return their keys."""
        keys = [line.key for line in self._waiting]
        self._waiting.clear()
        return keys

    def play(self) -> Pcm | None:
        """Return the next 10 ms, None when there is nothing to play."""
        while self._waiting:
            line = self._waiting[0]
            if line.is_cut or line.at >= len(line.pcm):
                self._waiting.popleft()
                self._on_end(line.key)
                continue
            piece = line.pcm[line.at : line.at + TURN_SAMPLES]
            line.at += TURN_SAMPLES
            return piece if len(piece) == TURN_SAMPLES else np.pad(piece, (0, TURN_SAMPLES - len(piece)))
        return None
