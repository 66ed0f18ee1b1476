"""The `[robot.local_stop]` table: the hall's STOP page, and the key on the agent's terminal."""

from typing import Annotated

from msgspec import Meta, Struct

Pin = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{6,32}$(?!\n)")]


class LocalStopSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stops the robot without a bridge. A `pin` that is None is made at the first start and kept."""

    enabled: bool = True
    host: str = "0.0.0.0"  # noqa: S104 -- a phone in the hall must reach it; the PIN stands before it
    port: Annotated[int, Meta(ge=0, le=65535)] = 8090
    pin: Pin | None = None
    terminal_key: bool = True

    def __repr__(self) -> str:
        """Return where it listens, and never the PIN."""
        return f"LocalStopSettings(enabled={self.enabled}, host={self.host!r}, port={self.port})"
