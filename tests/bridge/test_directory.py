"""The directory keeps what it is told, hashed, over restarts, and says what is wrong with its file."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from bridge.credentials import hash_of, is_secret, new_secret
from bridge.directory import DirectoryError, InviteRecord, RobotRecord
from bridge.directory.sqlite import SqliteDirectory
from teleop_core.errors import SetupError
from teleop_core.wire.messages import Role
from tests.bridge.hall import Hall, admin


def invite(invite_id: str, *, robot: str = "stage-1", created: int = 1, token: str = "t") -> InviteRecord:
    return InviteRecord(
        id=invite_id,
        token_hash=hash_of(token + invite_id),
        role=Role.STAFF,
        robot=robot,
        name="Li",
        created_unix_ms=created,
        expires_unix_ms=1000,
    )


@pytest.mark.asyncio
async def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    robot = RobotRecord(name="stage-1", key_hash=hash_of("key"), enrolled_unix_ms=5)
    first = await asyncio.to_thread(SqliteDirectory, tmp_path / "d" / "x.sqlite3")
    assert await first.enrol(robot)
    await first.add_invite(invite("a"))
    await first.revoke("a", now_unix_ms=9)
    await first.revoke("a", now_unix_ms=10)
    await first.close()

    second = await asyncio.to_thread(SqliteDirectory, tmp_path / "d" / "x.sqlite3")
    assert await second.robot("stage-1") == robot
    assert await second.robots() == [robot]
    kept = await second.invite_by_token(hash_of("ta"))
    assert kept is not None
    assert kept.revoked_unix_ms == 9
    assert await second.invite("a") == kept
    assert await second.invite("b") is None
    await second.close()


@pytest.mark.asyncio
async def test_a_taken_name_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    directory = await asyncio.to_thread(SqliteDirectory, tmp_path / "x.sqlite3")
    old, new = (RobotRecord(name="r", key_hash=hash_of(key), enrolled_unix_ms=1) for key in ("old", "new"))

    assert await directory.enrol(old)
    assert not await directory.enrol(new)
    assert await directory.robot("r") == old
    assert await directory.enrol(new, replace=True)
    assert await directory.robot("r") == new
    await directory.close()


@pytest.mark.asyncio
async def test_invites_are_listed_newest_first_and_by_robot(tmp_path: Path) -> None:
    directory = await asyncio.to_thread(SqliteDirectory, tmp_path / "x.sqlite3")
    for record in (invite("a", created=1), invite("b", created=2), invite("c", created=3, robot="other")):
        await directory.add_invite(record)

    assert [record.id for record in await directory.invites()] == ["c", "b", "a"]
    assert [record.id for record in await directory.invites(robot="stage-1")] == ["b", "a"]
    await directory.close()


@pytest.mark.parametrize(
    ("now", "revoked", "lets_in"),
    [(999, None, True), (1000, None, False), (1, 1, False)],
    ids=["in time", "over", "revoked"],
)
def test_an_invite_lets_in_until_it_expires_or_is_revoked(now: int, revoked: int | None, *, lets_in: bool) -> None:
    record = InviteRecord(
        id="a",
        token_hash=b"",
        role=Role.STAFF,
        robot="r",
        name="n",
        created_unix_ms=0,
        expires_unix_ms=1000,
        revoked_unix_ms=revoked,
    )

    assert record.lets_in(now_unix_ms=now) is lets_in


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    SqliteDirectory(tmp_path / "x.sqlite3")

    assert stat.S_IMODE((tmp_path / "x.sqlite3").stat().st_mode) == 0o600


@pytest.mark.asyncio
async def test_no_secret_is_in_the_file(hall: Hall, tmp_path: Path) -> None:
    _, token = await hall.invite("staff")

    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("bridge.sqlite3*")))

    assert hash_of(token) in kept
    assert token.encode() not in kept
    assert hall.robot_key.encode() not in kept


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(len(secret) >= 43 for secret in secrets)
    assert all(is_secret(secret, hash_of(secret)) for secret in secrets)
    assert not is_secret("a", hash_of("b"))


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 100])
def test_a_file_that_is_no_directory_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.sqlite3").write_bytes(content)

    with pytest.raises(SetupError, match=r"expected .* to be a directory of Stagebridge"):
        SqliteDirectory(tmp_path / "x.sqlite3")


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "x.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(SetupError, match="schema 99"):
        SqliteDirectory(tmp_path / "x.sqlite3")


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SetupError, match=r"bridge\.database"):
        SqliteDirectory(tmp_path / "file" / "x.sqlite3")


@pytest.mark.asyncio
async def test_a_failing_disk_fails_requests_and_nothing_else(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise DirectoryError("the directory cannot answer: disk I/O error")

    anna, robot = await hall.person("staff"), await hall.robot()
    monkeypatch.setattr(SqliteDirectory, "_call", fail)

    response = await hall.http.post("/api/robots", json={"name": "stage-2"}, headers=admin())
    stranger = await hall.connect()
    await stranger.send('{"type":"hello","version":1,"token":"' + "x" * 43 + '","client_id":"tab-0001"}')

    assert response.status_code == 503
    assert response.json()["cure"]
    await stranger.wait_closed()
    assert stranger.close_code == 1001
    await anna.ws.send('{"type":"lease_take","id":"t-1"}')
    assert (await robot.next_said())[0].endswith(".tab-0001")
    monkeypatch.undo()
