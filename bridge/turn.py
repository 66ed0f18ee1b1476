"""TURN credentials: short-lived, one a peer, as coturn checks them with `use-auth-secret`.

The username is `expiry:peer`, the expiry in Unix seconds; the credential is the HMAC-SHA1 of the username under the
secret that bridge and TURN server share (draft-uberti-behave-turn-rest-00, 2.2). The server asks nobody, and needs no
list of users; whoever has one of these may relay until it expires, and what it pays for is on one peer's account.
"""

import asyncio
import base64
import hmac
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bridge.fabric import Fabric
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import IceServer

MIN_SECRET_CHARS: Final = 16

_TURN_URL: Final = r"^turns?:(\[[0-9A-Fa-f:.]+\]|[^\s:/?@\[\]]+)(:\d{1,5})?(\?transport=(udp|tcp))?$"
TurnUrl = Annotated[str, Meta(max_length=256, pattern=_TURN_URL)]


class TurnSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bridge.turn]`: a coturn, and the secret that it shares with the bridge, or the file that holds it."""

    urls: Annotated[tuple[TurnUrl, ...], Meta(min_length=1, max_length=8)]
    secret: str | None = None
    secret_file: str | None = None
    lifetime_s: Annotated[int, Meta(ge=60, le=86_400)] = 3_600

    def __repr__(self) -> str:
        """Return where, and never the secret."""
        return f"TurnSettings(urls={self.urls!r}, lifetime_s={self.lifetime_s})"

    def read_secret(self) -> str:
        """Return the secret.

        Raises:
            ConfigError: there is none, or it is too short.
        """
        if (self.secret is None) == (self.secret_file is None):
            seen = "neither" if self.secret is None else "both"
            raise ConfigError(f"bridge.turn.secret: expected one of secret and secret_file, got {seen}")
        secret = self.secret or ""
        if self.secret_file is not None:
            try:
                secret = Path(self.secret_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                raise ConfigError(f"bridge.turn.secret_file: {self.secret_file}: cannot be read: {exc}") from exc
        if len(secret) < MIN_SECRET_CHARS:
            raise ConfigError(f"bridge.turn.secret: expected {MIN_SECRET_CHARS} characters or more, got {len(secret)}")
        return secret


def mint(secret: str, peer: str, *, expires_unix_s: int) -> tuple[str, str]:
    """Return username and credential of `peer`, good until `expires_unix_s`."""
    username = f"{expires_unix_s}:{peer}"
    return username, base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


class IceServerDesk:
    """`teleop_core.room.IceServersFor` of one bridge: what is configured for everybody, and TURN for each alone.

    Raises:
        ConfigError: there is no secret to mint with.
    """

    def __init__(self, for_all: Sequence[IceServer], turn: TurnSettings | None) -> None:
        self._for_all = tuple(for_all)
        self._turn = turn
        self._secret = turn.read_secret() if turn is not None else ""

    def __call__(self, peer: str, *, now_unix_ms: int) -> tuple[IceServer, ...]:
        """Return the servers for `peer`."""
        if self._turn is None:
            return self._for_all
        expires_unix_s = now_unix_ms // 1000 + self._turn.lifetime_s
        username, credential = mint(self._secret, peer, expires_unix_s=expires_unix_s)
        return (*self._for_all, IceServer(urls=self._turn.urls, username=username, credential=credential))

    async def keep_renewing(self, fabric: Fabric) -> None:
        """Have every room tell everybody their servers anew, so often that half a lifetime is always left."""
        while self._turn is not None:
            await asyncio.sleep(self._turn.lifetime_s / 2)
            for room in fabric.rooms():
                room.renew_ice_servers(now_unix_ms=time.time_ns() // 1_000_000)
