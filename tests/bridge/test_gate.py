"""Who gets in over the WebSocket, who does not, and what each of them is told."""

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bridge import gate, turning_away
from bridge.directory.sqlite import SqliteDirectory
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.bridge.hall import PROFILE, Hall, admin, closing_of, open_hall

pytestmark = pytest.mark.asyncio


async def told(hall: Hall, first_frame: str | bytes) -> tuple[int | None, str]:
    """Say `first_frame`, and return with which code and reason the bridge closes."""
    ws = await hall.connect()
    await ws.send(first_frame, text=True)
    return await closing_of(ws)


def hello(token: str, **fields: object) -> str:
    return json.dumps(
        {"type": "hello", "version": m.PROTOCOL_VERSION, "token": token, "client_id": "tab-0001"} | fields
    )


def robot_hello(key: str, *, robot: str = "stage-1") -> bytes:
    return codec.encode(m.RobotHello(version=m.PROTOCOL_VERSION, robot=robot, key=key, profile=PROFILE))


async def test_an_invite_says_who_you_are(hall: Hall) -> None:
    invite_id, token = await hall.invite("staff", name="Li Wei")
    ws = await hall.connect()
    await ws.send(hello(token))

    welcome = codec.decode_to_person(await ws.recv(decode=False))

    assert isinstance(welcome, m.Welcome)
    assert welcome.you == m.Peer(id=f"{invite_id}.tab-0001", role=m.Role.STAFF, name="Li Wei")
    assert welcome.robot == "stage-1"


async def test_a_person_may_say_a_name_of_their_own(hall: Hall) -> None:
    _, token = await hall.invite("observer")
    ws = await hall.connect()
    await ws.send(hello(token, name="王芳"))

    welcome = codec.decode_to_person(await ws.recv(decode=False))

    assert isinstance(welcome, m.Welcome)
    assert welcome.you is not None
    assert welcome.you.name == "王芳"


@pytest.mark.parametrize("token", ["x" * 43, "a" * 16])
async def test_a_forged_token_opens_nothing(hall: Hall, token: str) -> None:
    assert (await told(hall, hello(token)))[0] == m.CloseCode.BAD_CREDENTIAL
    assert await hall.refused_total("credential") == 1


async def test_an_expired_invite_opens_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = await hall.invite("presenter", expires_in_s=60)
    monkeypatch.setattr(gate, "unix_ms", lambda: time.time_ns() // 1_000_000 + 60_000)

    assert await told(hall, hello(token)) == (m.CloseCode.BAD_CREDENTIAL, "this invite has expired")


async def test_a_revoked_invite_opens_nothing_and_sends_off_at_once(hall: Hall) -> None:
    invite_id, token = await hall.invite("presenter")
    anna, bo = await hall.person(token=token), await hall.person("staff")

    response = await hall.http.delete(f"/api/invites/{invite_id}", headers=admin())

    assert response.json() == {"id": invite_id, "disconnected": 1}
    assert await anna.close_code() == m.CloseCode.BAD_CREDENTIAL
    assert await told(hall, hello(token)) == (m.CloseCode.BAD_CREDENTIAL, "this invite was revoked")
    await bo.send(m.Ping(id="p"))
    await bo.next(m.Pong)


async def test_an_invite_that_another_process_revokes_sends_off_too(hall: Hall, tmp_path: Path) -> None:
    invite_id, token = await hall.invite("presenter")
    anna, bo = await hall.person(token=token), await hall.person("staff")
    directory = await asyncio.to_thread(SqliteDirectory, tmp_path / "bridge.sqlite3")

    await directory.revoke(invite_id, now_unix_ms=1)
    await directory.close()

    assert await anna.close_code() == m.CloseCode.BAD_CREDENTIAL
    await bo.send(m.Ping(id="p"))
    await bo.next(m.Pong)


async def test_a_revoked_peer_who_does_not_read_is_gone_at_once_too(hall: Hall) -> None:
    invite_id, token = await hall.invite("presenter")
    await hall.person(token=token, deaf=True)
    staff = await hall.person("staff")
    assert len((await staff.next(m.Roster)).peers) == 2

    await hall.http.delete(f"/api/invites/{invite_id}", headers=admin())

    assert len((await staff.next(m.Roster)).peers) == 1


@pytest.mark.parametrize(
    ("robot", "right_key"), [("stage-1", False), ("stage-2", True), ("nobody", True)], ids=["key", "robot", "unknown"]
)
async def test_a_robot_needs_its_own_key(hall: Hall, robot: str, *, right_key: bool) -> None:
    await hall.enrol("stage-2")
    key = hall.robot_key if right_key else "k" * 43

    code, reason = await told(hall, robot_hello(key, robot=robot))

    assert code == m.CloseCode.BAD_CREDENTIAL
    assert reason == "expected the name and the key of an enrolled robot"


async def test_a_robot_with_a_new_key_loses_the_old_one(hall: Hall) -> None:
    robot = await hall.robot()

    key = await hall.enrol("stage-1", replace=True)

    assert await robot.close_code() == m.CloseCode.BAD_CREDENTIAL
    assert (await told(hall, robot_hello(hall.robot_key)))[0] == m.CloseCode.BAD_CREDENTIAL
    await hall.robot(key=key)


async def test_another_version_is_told_both_versions(hall: Hall) -> None:
    _, token = await hall.invite()

    code, reason = await told(hall, hello(token, version=99, invented_later=True))

    assert code == m.CloseCode.VERSION
    assert str(m.PROTOCOL_VERSION) in reason
    assert "99" in reason
    assert await hall.refused_total("version") == 1


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[" * 5000,
        '{"type":"ping","id":"p"}',
        '{"type":"hello","version":1}',
        '{"type":"hello","version":null}',
    ],
    ids=["empty", "half", "deep", "ping", "no token", "no version"],
)
async def test_what_is_no_hello_is_refused(hall: Hall, frame: str) -> None:
    assert (await told(hall, frame))[0] == m.CloseCode.BAD_HELLO
    assert await hall.refused_total("bad_hello") == 1


async def test_who_says_nothing_is_sent_off(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "HELLO_TIMEOUT_S", 0.05)
    ws = await hall.connect()

    assert (await closing_of(ws))[0] == m.CloseCode.HELLO_TIMEOUT
    assert await hall.refused_total("hello_timeout") == 1


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://[", "http://127.0.0.1"]
)
async def test_a_page_from_elsewhere_is_refused_before_the_upgrade(hall: Hall, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await hall.connect(origin=origin)

    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body or b"")["seen"] == origin
    assert await hall.refused_total("origin") == 1


async def test_pages_of_the_bridge_and_allowed_ones_come_in(tmp_path: Path) -> None:
    settings = {"allowed_origins": ["https://show.example"], "public_url": "https://stage.example/"}
    async with open_hall(tmp_path, **settings) as hall:
        for origin in (hall.url, "https://show.example", "https://stage.example"):
            await hall.connect(origin=origin)
        with pytest.raises(InvalidStatus):
            await hall.connect(origin="https://show.example.evil.example")


async def test_a_token_in_the_query_is_refused(hall: Hall) -> None:
    _, token = await hall.invite()

    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{hall.ws_url}?token={token}", proxy=None)

    assert refused.value.response.status_code == 400
    assert token.encode() not in (refused.value.response.body or b"")
    assert await hall.refused_total("token_in_query") == 1


async def test_there_is_an_end_to_connections_from_one_address(tmp_path: Path) -> None:
    async with open_hall(tmp_path, max_connections_per_address=2) as hall:
        first, _ = await hall.connect(), await hall.connect()
        crowded = await hall.connect()
        assert (await closing_of(crowded))[0] == m.CloseCode.CROWDED
        assert await hall.refused_total("crowded") == 1

        await first.close()
        await hall.robot()


async def test_there_is_an_end_to_connections_in_all(tmp_path: Path) -> None:
    async with open_hall(tmp_path, max_connections=1) as hall:
        await hall.person()

        assert (await closing_of(await hall.connect()))[0] == m.CloseCode.CROWDED


async def test_a_stranger_who_only_holds_a_place_makes_room_for_who_says_hello(tmp_path: Path) -> None:
    async with open_hall(tmp_path, max_connections=1) as hall:
        stranger = await hall.connect()

        anna = await hall.person()

        assert (await closing_of(stranger))[0] == 1006
        assert await hall.refused_total("crowded") == 1
        await anna.send(m.Ping(id="p"))
        await anna.next(m.Pong)


async def test_a_crowd_that_is_turned_away_fills_no_log_and_is_counted(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(turning_away.LINES_AT_ONCE + 20):
        assert (await told(hall, "no hello"))[0] == m.CloseCode.BAD_HELLO

    assert await hall.refused_total("bad_hello") == turning_away.LINES_AT_ONCE + 20
    await hall.drain()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    away = [line for line in lines if line["event"] == "turned_away"]
    written = len(away) + sum(line.get("unwritten", 0) for line in away)
    assert len(away) < turning_away.LINES_AT_ONCE + 20
    assert written <= turning_away.LINES_AT_ONCE + 20


async def test_a_plain_request_to_the_websocket_is_no_fault_of_the_server(hall: Hall) -> None:
    response = await hall.http.get("/ws")

    assert response.status_code == httpx.codes.NOT_FOUND
