"""TURN credentials: minted as coturn checks them, one a peer, renewed in time, and never shown to a log."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from bridge.config import BridgeConfig
from bridge.fabric.local import LocalFabric
from bridge.turn import IceServerDesk, TurnSettings, mint
from prove.clock import run_virtually
from prove.world import NobodyWrites
from teleop_core.errors import ConfigError
from teleop_core.outbox import Outbox
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.bridge.hall import PROFILE, open_hall

SECRET = "a secret of the tests"
URLS = ("turn:turn.example.org", "turns:turn.example.org:443?transport=tcp")
STUN = m.IceServer(urls=("stun:stun.example.org",))
NOW_UNIX_MS = 1_790_000_000_999


def settings(**changes: object) -> TurnSettings:
    return msgspec.convert({"urls": URLS, "secret": SECRET} | changes, TurnSettings)


def test_a_credential_is_what_openssl_makes_of_it() -> None:
    # printf 1790003600:inv-1.tab_00000001 | openssl dgst -sha1 -hmac 'a secret of the tests' -binary | base64
    minted = mint(SECRET, "inv-1.tab_00000001", expires_unix_s=1_790_003_600)

    assert minted == ("1790003600:inv-1.tab_00000001", "/BGz/N3D/qOoZ+DAZMTfk/aDtcU=")


def test_each_peer_gets_a_credential_of_its_own_beside_what_is_for_all() -> None:
    desk = IceServerDesk((STUN,), settings(lifetime_s=600))

    for_all, anna = desk("anna", now_unix_ms=NOW_UNIX_MS)
    _, robot = desk("stage-1", now_unix_ms=NOW_UNIX_MS)

    assert for_all == STUN
    assert (anna.urls, anna.username, robot.username) == (URLS, "1790000600:anna", "1790000600:stage-1")
    assert anna.credential != robot.credential
    assert desk("x" * 64, now_unix_ms=NOW_UNIX_MS)[1].username == "1790000600:" + "x" * 64


def test_without_turn_everybody_gets_what_is_configured() -> None:
    assert IceServerDesk((STUN,), None)("anna", now_unix_ms=NOW_UNIX_MS) == (STUN,)


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")

    assert settings(secret=None, secret_file=str(file)).read_secret() == SECRET


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"secret": None}, "expected one of secret and secret_file, got neither"),
        ({"secret_file": "/x"}, "expected one of secret and secret_file, got both"),
        ({"secret": None, "secret_file": "/no/such/file"}, "bridge.turn.secret_file: /no/such/file: cannot be read"),
        ({"secret": "too short"}, "expected 16 characters or more, got 9"),
    ],
)
def test_a_secret_that_is_none_is_refused_and_not_quoted(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as refused:
        IceServerDesk((), settings(**changes))

    assert "too short" not in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["stun:example.org", "turn:", "turn:example.org:port", "turn:a b", "turn:h?transport=sctp", "https://a"]
)
def test_what_is_no_turn_url_is_refused(url: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        settings(urls=[url])


@pytest.mark.parametrize(
    "url", ["turn:198.51.100.1:3478", "turn:[2001:db8::1]", "turns:turn.example.org?transport=tcp"]
)
def test_names_addresses_ports_and_transports_are_turn_urls(url: str) -> None:
    assert settings(urls=[url]).urls == (url,)


def test_the_secret_is_in_no_log() -> None:
    config = msgspec.convert({"turn": {"urls": URLS, "secret": SECRET}}, BridgeConfig)

    assert SECRET not in f"{config!r} {config}"


def test_everybody_gets_a_new_credential_while_half_of_the_old_one_is_left() -> None:
    async def an_hour() -> list[m.ToPerson]:
        desk = IceServerDesk((), settings(lifetime_s=3_600))
        fabric = LocalFabric(ice_servers=desk, witness=NobodyWrites())
        anna = m.Peer(id="i1.anna-tab", role=m.Role.PRESENTER, name="Anna")
        seat = fabric.room("stage-1").join(anna, Outbox(wake=lambda: None), now_unix_ms=0)
        renewing = asyncio.create_task(desk.keep_renewing(fabric))
        heard = []
        for _ in range(61):
            while (frame := seat.outbox.take()) is not None:
                heard.append(codec.decode_to_person(frame))
            await asyncio.sleep(60)
        renewing.cancel()
        return heard

    renewed = [message for message in run_virtually(an_hour()) if isinstance(message, m.IceServers)]

    assert len(renewed) == 2
    assert renewed[0].servers[0].username is not None
    assert renewed[0].servers[0].username.endswith(":i1.anna-tab")


@pytest.mark.asyncio
async def test_persons_and_robots_are_welcomed_with_credentials_of_their_own(tmp_path: Path) -> None:
    async with open_hall(tmp_path, turn={"urls": URLS, "secret": SECRET}) as hall:
        invite_id, token = await hall.invite("presenter")
        ws, robot = await hall.connect(), await hall.connect()
        await ws.send(codec.encode(m.Hello(version=m.PROTOCOL_VERSION, token=token, client_id="tab-0001")), text=True)
        hello = m.RobotHello(version=m.PROTOCOL_VERSION, robot="stage-1", key=hall.robot_key, profile=PROFILE)
        await robot.send(codec.encode(hello), text=True)

        to_person = codec.decode_to_person(await ws.recv(decode=False))
        to_robot = codec.decode_to_robot(await robot.recv(decode=False))

    assert isinstance(to_person, m.Welcome)
    assert isinstance(to_robot, m.Welcome)
    for welcome, peer in ((to_person, f"{invite_id}.tab-0001"), (to_robot, "stage-1")):
        (server,) = welcome.ice_servers
        expires, _, whose = (server.username or "").partition(":")
        assert whose == peer
        assert (server.username, server.credential) == mint(SECRET, peer, expires_unix_s=int(expires))
