"""Robots and invites written straight into a bridge's directory, by whoever owns its file."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.credentials import hash_of, new_invite_id, new_secret
from bridge.directory import InviteRecord, RobotRecord
from bridge.directory.sqlite import SqliteDirectory
from teleop_core.wire.messages import Role

DAY_MS: Final = 24 * 3600 * 1000


@dataclass(frozen=True, kw_only=True)
class Invite:
    """A new invite: the only moment at which its token is known."""

    record: InviteRecord
    token: str
    url: str


class GuestList:
    """What the owner of a bridge's database may write into it, also while the bridge runs."""

    def __init__(self, directory: SqliteDirectory) -> None:
        self.directory = directory

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, database: Path) -> "AsyncIterator[GuestList]":
        """Open the database, made when it is not there yet."""
        directory = SqliteDirectory(database)
        try:
            yield cls(directory)
        finally:
            await directory.close()

    async def enrol(self, robot: str, key: str, *, replace: bool = False) -> bool:
        """Let `robot` in with `key`; return False when the name is taken."""
        record = RobotRecord(name=robot, key_hash=hash_of(key), enrolled_unix_ms=_now_ms())
        return await self.directory.enrol(record, replace=replace)

    async def invite(self, *, role: Role, robot: str, name: str, base_url: str, life_ms: int = DAY_MS) -> Invite:
        """Invite somebody; `base_url` is where the pages are."""
        token = new_secret()
        now_ms = _now_ms()
        record = InviteRecord(
            id=new_invite_id(),
            token_hash=hash_of(token),
            role=role,
            robot=robot,
            name=name,
            created_unix_ms=now_ms,
            expires_unix_ms=now_ms + life_ms,
        )
        await self.directory.add_invite(record)
        return Invite(record=record, token=token, url=link(base_url, role=role, token=token))


def link(base_url: str, *, role: Role, token: str) -> str:
    """Return the link that an invited person opens; observers get the staff's page, which shows them no controls."""
    page = "presenter" if role is Role.PRESENTER else "staff"
    return f"{base_url.rstrip('/')}/{page}#{token}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
