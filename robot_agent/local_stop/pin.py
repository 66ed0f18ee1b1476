"""The PIN before the hall's STOP page, and the patience with those who guess it.

The PIN keeps strangers on a shared network from stopping the show; it guards no motion. It is kept in the robot's state
directory, readable by its owner alone, and goes into no log.
"""

import collections
import hmac
import ipaddress
import os
import re
import secrets
from pathlib import Path
from typing import Final

from teleop_core.timebase import NS_PER_S, seconds

PIN_FILE: Final = "stop-page.pin"
DIGITS: Final = 8
FREE_TRIES: Final = 5
TRY_PERIOD_NS: Final = seconds(10)  # another try of one address, once the free ones are used up
MAX_ADDRESSES: Final = 512
_IPV6_SITE_BITS: Final = 64

_pin_shape: Final = re.compile(r"[0-9A-Za-z]{6,32}")


def keep_private(path: Path, text: str) -> None:
    """Write `text` whole, readable by the owner alone.

    Raises:
        OSError: it cannot be written.

    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
    beside.replace(path)


def kept_pin(state_dir: Path) -> str:
    """Return the robot's PIN; at its first start, or when the file is spoilt, make one and keep it.

    Where it cannot be kept, the PIN holds until the agent ends.
    """
    path = state_dir / PIN_FILE
    try:
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        kept = ""
    if _pin_shape.fullmatch(kept):
        return kept
    made = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        keep_private(path, f"{made}\n")
    except OSError:
        pass  # said by whoever writes the link into the same directory
    return made


class PinGuard:
    """Compares PINs; each address has five wrong ones, and one more every 10 s. Memory is bounded."""

    def __init__(self, pin: str) -> None:
        self._pin = pin.encode()
        self._forgiven_ns: collections.OrderedDict[str, int] = collections.OrderedDict()  # site -> all forgiven

    def wait_ns(self, address: str, *, now_ns: int) -> int:
        """Return how long this address has to wait until its next try is looked at, 0 for not at all."""
        forgiven_ns = self._forgiven_ns.get(site_of(address), now_ns)
        return max(0, forgiven_ns - now_ns - (FREE_TRIES - 1) * TRY_PERIOD_NS)

    def is_right(self, pin: str, address: str, *, now_ns: int) -> bool:
        """Return whether it is the PIN; a wrong one is counted against the address."""
        if hmac.compare_digest(pin.encode("utf-8", "replace"), self._pin):
            return True
        site = site_of(address)
        self._forgiven_ns[site] = max(self._forgiven_ns.get(site, now_ns), now_ns) + TRY_PERIOD_NS
        self._forgiven_ns.move_to_end(site)
        while len(self._forgiven_ns) > MAX_ADDRESSES:
            self._forgiven_ns.popitem(last=False)
        return False


def whole_seconds(duration_ns: int) -> int:
    """Return the seconds after which `duration_ns` is over."""
    return -(-duration_ns // NS_PER_S)


def site_of(address: str) -> str:
    """Return what is one guesser: an IPv4 address, or an IPv6 /64, of which one machine has all addresses."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, _IPV6_SITE_BITS), strict=False))
    return str(ip)
