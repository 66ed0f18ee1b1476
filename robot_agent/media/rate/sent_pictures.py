"""Which packets a picture left in, for receivers that tell of pictures only."""

from typing import Final

MAX_PICTURES: Final = 128


class SentPictures:
    """Maps RTP times of the newest pictures to the numbers of their packets."""

    def __init__(self) -> None:
        self._trains: dict[int, int] = {}  # RTP time -> train
        self._numbers: dict[int, list[int]] = {}  # train -> numbers

    def began(self, rtp_time: int, train: int) -> None:
        """A picture is queued, whose packets will leave as `train`."""
        self._trains[rtp_time] = train
        self._numbers[train] = []
        if len(self._trains) > MAX_PICTURES:
            self._numbers.pop(self._trains.pop(next(iter(self._trains))))

    def left(self, train: int, number: int) -> None:
        """A packet of `train` left under `number`."""
        if train in self._numbers:
            self._numbers[train].append(number)

    def numbers(self, rtp_time: int) -> list[int]:
        """Return the packets of a picture; none when it is forgotten, or was never sent."""
        return self._numbers.get(self._trains.get(rtp_time, -1), [])

    def forget(self) -> None:
        """Forget all: the receiver tells of single packets."""
        self._trains.clear()
        self._numbers.clear()
