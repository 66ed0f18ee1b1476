"""Where the hall's STOP page can be reached: this machine's addresses, and which names a browser may use for it."""

import array
import contextlib
import fcntl
import ipaddress
import re
import socket
import struct
import sys
from typing import Final

_SIOCGIFADDR: Final = 0x8915  # netdevice(7)
_IFNAME_BYTES: Final = 16
_LOCAL_ENDINGS: Final = (".local", ".lan", ".internal", ".home.arpa")
_host_header: Final = re.compile(r"(\[[0-9a-f:.]+\]|[0-9A-Za-z.-]+)(?::([0-9]{1,5}))?")


def reachable_hosts(host: str) -> tuple[str, ...]:
    """Return the hosts to put into a link when listening on `host`, the likeliest first; never empty."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return (host,)
    if not address.is_unspecified:
        return (f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address),)
    found = [each for each in (_outgoing(), *_of_interfaces()) if each is not None]
    lasting = [each for each in dict.fromkeys(found) if not ipaddress.ip_address(each).is_loopback]
    return tuple(lasting) or ("127.0.0.1",)


def is_ours(host_header: str | None) -> bool:
    """Return whether a `Host` header can be meant for a machine in the hall.

    An address, a bare name or a name of a local zone can; any other name could have been bent to this machine by a
    page out of the internet (DNS rebinding), which would then be of the same origin.
    """
    match = _host_header.fullmatch(host_header or "")
    if match is None:
        return False
    name = match[1].strip("[]").rstrip(".").lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_LOCAL_ENDINGS)
    return True


def _outgoing() -> str | None:
    """Return the address that the default route would use; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return None


def _of_interfaces() -> list[str]:
    """Return the IPv4 address of each interface: a hall's network may lead nowhere else."""
    if sys.platform != "linux":
        return []
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            request = array.array("b", struct.pack(f"{_IFNAME_BYTES}s24x", name.encode()[: _IFNAME_BYTES - 1]))
            with contextlib.suppress(OSError):  # an interface without an address
                fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                found.append(socket.inet_ntoa(request.tobytes()[20:24]))
    return found
