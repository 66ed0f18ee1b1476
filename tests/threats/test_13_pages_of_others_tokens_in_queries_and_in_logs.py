"""Threat 13: a page of somebody else opens the WebSocket; a token stands in a URL's query; a log keeps a secret.

Expected: 403; refused; no log carries a token, a key or a PIN. And the pages come with a policy that runs nothing else.
"""

import json
import re
import tomllib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from simulator.hall_phone import HallPhone
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig
from teleop_core.wire.messages import Role
from tests.system.scene import on_stage
from tests.threats.real import ADMIN_KEY

pytestmark = pytest.mark.asyncio(loop_scope="session")

INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http(rig: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=rig.url, trust_env=False) as client:
        yield client


# --- Pages of others ---


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1", "http://localhost.evil.example", "file://"],
)
async def test_a_page_from_elsewhere_gets_403_and_no_websocket(rig: Rig, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(rig.ws_url, origin=Origin(origin), proxy=None)

    assert refused.value.response.status_code == 403


async def test_a_page_from_elsewhere_gets_403_from_the_stop_page_in_the_hall_as_well(rig: Rig) -> None:
    hall = urlsplit(await rig.stop_page())

    for origin in ("https://evil.example", rig.url, None):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{hall.netloc}/ws", origin=None if origin is None else Origin(origin), proxy=None)
        assert refused.value.response.status_code == 403


async def test_no_page_from_elsewhere_may_read_an_answer(http: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://evil.example", "Authorization": f"Bearer {ADMIN_KEY}"}

    for method, path in (("GET", "/api/robots"), ("OPTIONS", "/api/invites"), ("GET", "/healthz")):
        answer = await http.request(method, path, headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


# --- Tokens in queries ---


@pytest.mark.parametrize("name", ["token", "key", "access_token", "t", ""])
async def test_a_websocket_with_a_query_is_refused_and_the_answer_does_not_repeat_it(rig: Rig, name: str) -> None:
    invite = await rig.invite(Role.PRESENTER)

    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{rig.ws_url}?{name}={invite.token}", proxy=None)

    assert refused.value.response.status_code == 400
    assert invite.token.encode() not in (refused.value.response.body or b"")


async def test_a_token_in_a_query_opens_no_interface(rig: Rig, http: httpx.AsyncClient) -> None:
    invite = await rig.invite(Role.STAFF)

    for query in (f"token={invite.token}", f"access_token={ADMIN_KEY}", f"key={ADMIN_KEY}"):
        assert (await http.get(f"/api/robots?{query}")).status_code == 401


async def test_an_invites_link_keeps_its_token_where_no_server_sees_it(rig: Rig) -> None:
    for role in Role:
        invite = await rig.invite(role)
        link = urlsplit(invite.url)

        assert link.fragment == invite.token
        assert invite.token not in link.path + link.query


# --- Headers ---


@pytest.mark.parametrize("path", ["/presenter", "/staff", "/", "/nowhere", "/healthz", "/metrics", "/api/robots"])
async def test_whatever_is_served_comes_with_the_security_headers(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers

    policy = policy_of(headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    for what in ("base-uri", "form-action", "frame-ancestors"):
        assert policy[what] == ["'none'"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"  # an invite's link tells nobody where its guest came from
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers


@pytest.mark.parametrize("page", ["/presenter", "/staff"])
async def test_the_pages_need_nothing_that_the_policy_forbids(http: httpx.AsyncClient, page: str) -> None:
    answer = await http.get(page)

    assert answer.status_code == 200, answer.text
    assert not INLINE.search(answer.content)
    for source in re.findall(rb'(?:src|href)="([^"]+)"', answer.content):
        assert source.startswith((b"/", b"./")), source
        assert not source.startswith(b"//")


async def test_the_stop_page_in_the_hall_has_a_policy_of_the_same_strictness(rig: Rig) -> None:
    hall = urlsplit(await rig.stop_page())
    async with httpx.AsyncClient(base_url=f"http://{hall.netloc}", trust_env=False) as client:
        answer = await client.get("/")

    policy = policy_of(answer.headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not INLINE.search(answer.content)
    assert hall.fragment.encode() not in answer.content


def policy_of(header: str) -> dict[str, list[str]]:
    """Return a Content-Security-Policy by its directives."""
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


# --- Logs ---


async def test_after_a_whole_session_no_log_carries_a_token_a_key_or_a_pin(rig: Rig, http: httpx.AsyncClient) -> None:
    hall = await rig.stop_page()
    pin, wrong_pin = urlsplit(hall).fragment, "31415926"
    key = tomllib.loads(rig.folder.config.read_text(encoding="utf-8"))["robot"]["key"]
    secrets = [ADMIN_KEY, key, pin, wrong_pin]

    async with on_stage(rig) as scene:
        await scene.drive_off()
        secrets += [person.session._token for person in (scene.presenter, scene.staff)]
        for role in Role:
            invite = await rig.invite(role, "Guest")
            secrets.append(invite.token)
            async with Presenter(rig.ws_url, invite.token, picture=Picture.UNSEEN) as guest:
                await guest.enter()
                await misuse(rig, http, invite.token)
        forged = "forged" + "0" * 37
        secrets.append(forged)
        async with Presenter(rig.ws_url, forged, picture=Picture.UNSEEN) as stranger:
            await stranger.until("the refusal", lambda: stranger.close_code is not None)
        async with HallPhone.open(hall, pin=wrong_pin) as phone:
            await phone.connection.wait_closed()
        async with HallPhone.open(hall) as phone:
            await phone.enter()
            await phone.stop()
        await scene.at_rest()

    logs = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in rig.folder.path.glob("*.log")}
    logs["trace"] = rig.folder.motion_trace.read_text(encoding="utf-8")
    assert {"bridge.log", "robot.log", "sim.log"} <= logs.keys()
    assert '"joined"' in logs["bridge.log"]  # the audit
    assert '"process": "motion"' in logs["robot.log"]
    leaks = [(name, secret) for name, text in logs.items() for secret in secrets if carries(text, secret)]
    assert leaks == []


async def test_metrics_carry_none_either(http: httpx.AsyncClient, rig: Rig) -> None:
    invite = await rig.invite(Role.OBSERVER)
    async with Presenter(rig.ws_url, invite.token, picture=Picture.UNSEEN) as guest:
        await guest.enter()

        text = (await http.get("/metrics")).text

    assert invite.token not in text
    assert invite.record.id not in text


async def misuse(rig: Rig, http: httpx.AsyncClient, token: str) -> None:
    """Leave `token` wherever a careless program might write it down."""
    await http.get(f"/presenter?token={token}")
    await http.get(f"/{token}")
    await http.get(f"/api/{token}", headers={"Authorization": f"Bearer {token}"})
    await http.post("/api/invites", content=json.dumps({"role": token}), headers={"Authorization": f"Bearer {token}"})
    await http.delete(f"/api/invites/{token}", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    await http.get("/api/robots", headers={"Authorization": f"Bearer {token}x", "User-Agent": token, "Referer": token})
    for frame in ('{"type":"hello","version":1,"token":"%s"}', '{"type":"hello","version":99,"token":"%s"}', "%s"):
        async with connect(rig.ws_url, proxy=None) as link:
            await link.send(frame % token)
            await link.wait_closed()
    with pytest.raises(InvalidStatus):
        await connect(f"{rig.ws_url}?token={token}", proxy=None)


def carries(text: str, secret: str) -> bool:
    """Return whether `secret` stands in `text`, not as a piece of a longer number."""
    return re.search(rf"(?<!\d){re.escape(secret)}(?!\d)", text) is not None
