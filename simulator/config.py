"""The `[sim]` table."""

import re
from typing import Final, Literal

import msgspec

_CLOCK: Final = re.compile(r"real|lockstep|x[0-9]+(\.[0-9]+)?")


class SimConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the simulated stage runs.

    Raises `ValueError` for a clock that does not exist; `msgspec.convert` names the key as well.
    """

    socket: str = "stage.sock"  # where drivers, cameras and observers connect
    base: Literal["differential", "holonomic"] = "differential"
    seed: int = 1  # same seed and same commands, same run
    clock: str = "real"  # "real", "lockstep" (advances only on request) or "xN" (N times as fast)
    serial_link: str | None = (
        None  # where to put a link to the emulated base's serial port, instead of the socket driver
    )

    def __post_init__(self) -> None:
        if not _CLOCK.fullmatch(self.clock) or self.clock.strip("x0.") == "":
            raise ValueError(f'clock: expected "real", "lockstep" or "xN" with N above zero, got {self.clock!r}')
