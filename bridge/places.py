"""Who has a place at the bridge: so many in all, and so many of one address."""

from collections import Counter
from collections.abc import Callable

from bridge.link import Link


class Places:
    """Every place taken. When all are, the stranger who has waited longest makes room."""

    def __init__(self, *, most: int, most_of_one: int, on_turned_out: Callable[[], None]) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._on_turned_out = on_turned_out
        self._address_of: dict[Link | int, str] = {}
        self._strangers: dict[Link, None] = {}  # the oldest first
        self._by_address: Counter[str] = Counter()

    @property
    def links(self) -> list[Link]:
        """Everybody whose connection is in this process."""
        return [each for each in self._address_of if isinstance(each, Link)]

    def take(self, link: Link, address: str) -> bool:
        """Give a stranger a place; return whether there is one."""
        if self._by_address[address] >= self._most_of_one or not self._make_room():
            return False
        self._address_of[link] = address
        self._strangers[link] = None
        self._by_address[address] += 1
        return True

    def speaks(self, link: Link) -> None:
        """Note that somebody has said who they are: they make room for nobody any more."""
        self._strangers.pop(link, None)

    def pass_on(self, link: Link, guest: int) -> None:
        """Keep the place of `link` for the guest of this number, who is in another process from now on."""
        if link in self._address_of:
            self._address_of[guest] = self._address_of.pop(link)
            self._strangers.pop(link, None)

    def give_back(self, holder: Link | int) -> None:
        """Free a place; of one that has none, nothing."""
        address = self._address_of.pop(holder, None)
        if isinstance(holder, Link):
            self._strangers.pop(holder, None)
        if address is None:
            return
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def _make_room(self) -> bool:
        if len(self._address_of) < self._most:
            return True
        stranger = next(iter(self._strangers), None)
        if stranger is None:
            return False
        self.give_back(stranger)
        self._on_turned_out()
        stranger.transport.abort()  # without a farewell, for which its place would be kept
        return True
