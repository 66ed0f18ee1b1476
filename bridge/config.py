"""What the bridge may be told: the `[bridge]` table."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bridge.turn import TurnSettings
from teleop_core.wire.messages import IceServer, Secret

PAGES_IN_CHECKOUT: Final = Path(__file__).resolve().parent.parent / "operator_ui" / "dist"

Port = Annotated[int, Meta(ge=0, le=65535)]
Connections = Annotated[int, Meta(ge=1, le=100_000)]


class BridgeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one bridge listens, whom it lets in, and where it keeps its directory."""

    host: str = "127.0.0.1"
    port: Port = 8080
    """0 takes any free port; the real one is told when the bridge is ready."""
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^/?#\s]+(/[^?#\s]*)?)?$")] = ""
    """The start of the links in invites; empty means the address that the bridge listens on."""
    database: str = "stagebridge.sqlite3"
    pages: str = str(PAGES_IN_CHECKOUT)
    """The built pages, as `make setup` leaves them."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of pages served elsewhere that may open a WebSocket here; the bridge's own always may."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose X-Forwarded-For and -Proto are believed; none by default."""
    ice_servers: tuple[IceServer, ...] = ()
    """STUN and TURN servers for everybody, in the browser's own words."""
    turn: TurnSettings | None = None
    admin_key: Secret | None = None
    """Opens the whole REST interface; without one, only staff may make invites, for their own robot."""
    strangers_apart: bool = True
    """Whoever has not said who they are is seen to in a process of its own; on Linux, elsewhere they never are."""
    max_connections: Connections = 2000
    max_connections_per_address: Connections = 200
