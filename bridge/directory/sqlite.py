"""The directory in one SQLite file, on a thread of its own."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bridge.directory import DirectoryError, InviteRecord, RobotRecord
from teleop_core.errors import SetupError

SCHEMA_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE robots (
    name TEXT PRIMARY KEY,
    key_hash BLOB NOT NULL,
    enrolled_unix_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    robot TEXT NOT NULL,
    name TEXT NOT NULL,
    created_unix_ms INTEGER NOT NULL,
    expires_unix_ms INTEGER NOT NULL,
    revoked_unix_ms INTEGER
) STRICT;
CREATE INDEX invites_of_robot ON invites (robot);
"""
_ROBOT: Final = "SELECT name, key_hash, enrolled_unix_ms FROM robots"
_INVITE: Final = (
    "SELECT id, token_hash, role, robot, name, created_unix_ms, expires_unix_ms, revoked_unix_ms FROM invites"
)
_BUSY_TIMEOUT_S: Final = 2.0

T = TypeVar("T")
RecordT = TypeVar("RecordT", RobotRecord, InviteRecord)


class SqliteDirectory:
    """`Directory` in the file `path`, readable by its owner only. Other processes may read and write it meanwhile."""

    def __init__(self, path: str | Path) -> None:
        """Open or make the file.

        Raises:
            SetupError: it cannot be opened, is no such database, or is newer than this program.

        """
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="directory")
        try:
            self._db = self._thread.submit(_open, Path(path)).result()
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    async def enrol(self, robot: RobotRecord, *, replace: bool = False) -> bool:
        verb = "REPLACE" if replace else "INSERT OR IGNORE"
        row = (robot.name, robot.key_hash, robot.enrolled_unix_ms)
        return await self._write(f"{verb} INTO robots (name, key_hash, enrolled_unix_ms) VALUES (?, ?, ?)", row) > 0

    async def robot(self, name: str) -> RobotRecord | None:
        rows = await self._read(_ROBOT + " WHERE name = ?", (name,))
        return _robot(rows[0]) if rows else None

    async def robots(self) -> list[RobotRecord]:
        return [_robot(row) for row in await self._read(_ROBOT + " ORDER BY name")]

    async def add_invite(self, invite: InviteRecord) -> None:
        row = (
            invite.id,
            invite.token_hash,
            invite.role.value,
            invite.robot,
            invite.name,
            invite.created_unix_ms,
            invite.expires_unix_ms,
            invite.revoked_unix_ms,
        )
        await self._write("INSERT INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    async def invite(self, invite_id: str) -> InviteRecord | None:
        rows = await self._read(_INVITE + " WHERE id = ?", (invite_id,))
        return _invite(rows[0]) if rows else None

    async def invite_by_token(self, token_hash: bytes) -> InviteRecord | None:
        rows = await self._read(_INVITE + " WHERE token_hash = ?", (token_hash,))
        return _invite(rows[0]) if rows else None

    async def invites(self, *, robot: str | None = None) -> list[InviteRecord]:
        where, values = (" WHERE robot = ?", (robot,)) if robot is not None else ("", ())
        return [_invite(row) for row in await self._read(f"{_INVITE}{where} ORDER BY created_unix_ms DESC, id", values)]

    async def revoke(self, invite_id: str, *, now_unix_ms: int) -> None:
        await self._write(
            "UPDATE invites SET revoked_unix_ms = ? WHERE id = ? AND revoked_unix_ms IS NULL", (now_unix_ms, invite_id)
        )

    async def revoked_among(self, invite_ids: Collection[str]) -> set[str]:
        asked = json.dumps(sorted(invite_ids))
        sql = "SELECT id FROM invites WHERE revoked_unix_ms IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
        return {str(invite_id) for (invite_id,) in await self._read(sql, (asked,))}

    async def close(self) -> None:
        await self._call(self._db.close)
        self._thread.shutdown(wait=False)

    async def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        return await self._call(lambda: self._db.execute(sql, values).fetchall())

    async def _write(self, sql: str, values: tuple[object, ...]) -> int:
        return await self._call(lambda: self._db.execute(sql, values).rowcount)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as exc:
            raise DirectoryError(f"the directory cannot answer: {exc}") from exc


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as exc:
        raise SetupError(
            f"cannot open the directory {path}: {exc}; set bridge.database to a file you may write"
        ) from exc
    try:
        _prepare(db, path)
    except sqlite3.Error as exc:
        db.close()
        raise SetupError(
            f"expected {path} to be a directory of Stagebridge: {exc}; move it away, or repair it"
        ) from exc
    except SetupError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("BEGIN IMMEDIATE")
    (seen,) = db.execute("PRAGMA user_version").fetchone()
    if seen == 0:
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    db.execute("COMMIT")
    if seen > SCHEMA_VERSION:
        raise SetupError(
            f"{path} has schema {seen}, this program knows {SCHEMA_VERSION}: use the newer program that made it"
        )


def _robot(row: tuple[object, ...]) -> RobotRecord:
    return _record(RobotRecord, row)


def _invite(row: tuple[object, ...]) -> InviteRecord:
    return _record(InviteRecord, row)


def _record(kind: type[RecordT], row: tuple[object, ...]) -> RecordT:
    """Return `row` as a `kind`, whose fields stand in the order of the columns."""
    names = (field.name for field in msgspec.structs.fields(kind))
    return msgspec.convert(dict(zip(names, row, strict=True)), kind)
