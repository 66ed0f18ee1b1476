"""How many may stand at the STOP page's door: strangers are few, come slowly, and make room for the next one.

A stranger is a connection that has not shown the PIN yet: a browser that loads the page, or anybody in the hall's
network. A flood of them must take neither the agent's memory nor its time, and must not lock out the staff's phone.
"""

import collections
from typing import Final, Protocol

from robot_agent.local_stop.pin import site_of
from teleop_core.timebase import NS_PER_S

MAX_STRANGERS: Final = 64
MAX_STRANGERS_PER_SITE: Final = 16
BURST: Final = 32  # connections of one site at once: some reloads of the page, four connections each
RATE_HZ: Final = 16
MAX_SITES: Final = 512
BYTES_A_SECOND: Final = 16 * 1024  # of one connection; the page sends a tenth of that while STOP repeats


class Stranger(Protocol):
    """A connection that can be cut."""

    def cut(self) -> None:
        """End it at once, without a word."""
        ...


class Doorway:
    """Counts who comes; the oldest stranger goes when there are too many."""

    def __init__(self) -> None:
        self._strangers: collections.OrderedDict[Stranger, str] = collections.OrderedDict()
        self._full_ns: collections.OrderedDict[str, int] = collections.OrderedDict()  # site -> its burst is whole again

    def __len__(self) -> int:
        """Return how many strangers there are."""
        return len(self._strangers)

    def came(self, stranger: Stranger, address: str, *, now_ns: int) -> bool:
        """Note a new connection; return whether it may stay, and cut an older one for it where there are too many."""
        site = site_of(address)
        full_ns = max(self._full_ns.get(site, now_ns), now_ns) + NS_PER_S // RATE_HZ
        if full_ns - now_ns > BURST * NS_PER_S // RATE_HZ:
            return False
        self._full_ns[site] = full_ns
        self._full_ns.move_to_end(site)
        while len(self._full_ns) > MAX_SITES:
            self._full_ns.popitem(last=False)
        of_site = [each for each, where in self._strangers.items() if where == site]
        if len(of_site) >= MAX_STRANGERS_PER_SITE:
            self._cut(of_site[0])
        elif len(self._strangers) >= MAX_STRANGERS:
            self._cut(next(iter(self._strangers)))
        self._strangers[stranger] = site
        return True

    def went(self, stranger: Stranger) -> None:
        """Note that a connection ended, or is no stranger any more."""
        self._strangers.pop(stranger, None)

    def _cut(self, stranger: Stranger) -> None:
        self.went(stranger)
        stranger.cut()


class ByteBudget:
    """How much one connection may send: so much in any second, counted before a byte of it is looked at."""

    def __init__(self, *, now_ns: int) -> None:
        self._since_ns = now_ns
        self._seen = 0

    def allows(self, count: int, *, now_ns: int) -> bool:
        """Count `count` bytes; return whether they are still within the budget."""
        if now_ns - self._since_ns >= NS_PER_S:
            self._since_ns, self._seen = now_ns, 0
        self._seen += count
        return self._seen <= BYTES_A_SECOND
