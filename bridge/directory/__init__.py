"""Who exists and who is invited."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from teleop_core.errors import StagebridgeError
from teleop_core.wire.messages import DisplayName, RobotName, Role, UnixMs


class RobotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A robot that may come in with its key."""

    name: RobotName
    key_hash: bytes
    enrolled_unix_ms: UnixMs


class InviteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A permission to come into one robot's room, in one role. `expires` bounds coming in, not staying."""

    id: str
    token_hash: bytes
    role: Role
    robot: RobotName
    name: DisplayName
    created_unix_ms: UnixMs
    expires_unix_ms: UnixMs
    revoked_unix_ms: UnixMs | None = None

    def lets_in(self, *, now_unix_ms: int) -> bool:
        """Return whether somebody may come in with it now."""
        return self.revoked_unix_ms is None and now_unix_ms < self.expires_unix_ms


class DirectoryError(StagebridgeError):
    """The directory cannot answer: a full or failing disk."""


class Directory(Protocol):
    """The bridge's memory of robots and invites. Every method may raise `DirectoryError`."""

    async def enrol(self, robot: RobotRecord, *, replace: bool = False) -> bool:
        """Add `robot`; return False when the name is taken and `replace` is not said."""
        ...

    async def robot(self, name: str) -> RobotRecord | None:
        """Return the robot called `name`."""
        ...

    async def robots(self) -> list[RobotRecord]:
        """Return all robots, by name."""
        ...

    async def add_invite(self, invite: InviteRecord) -> None:
        """Keep `invite`."""
        ...

    async def invite(self, invite_id: str) -> InviteRecord | None:
        """Return the invite with this id."""
        ...

    async def invite_by_token(self, token_hash: bytes) -> InviteRecord | None:
        """Return the invite whose token has this hash, whether or not it still lets in."""
        ...

    async def invites(self, *, robot: str | None = None) -> list[InviteRecord]:
        """Return all invites, or those of one robot, newest first."""
        ...

    async def revoke(self, invite_id: str, *, now_unix_ms: int) -> None:
        """Mark the invite revoked; the first revocation stands."""
        ...

    async def revoked_among(self, invite_ids: Collection[str]) -> set[str]:
        """Return those of `invite_ids` that are revoked, by whatever process."""
        ...

    async def close(self) -> None:
        """Let go of the storage."""
        ...
