"""Invites, robots, health and metrics over REST, and a document that says the same."""

from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.bridge.hall import ADMIN_KEY, Hall, admin, bearer, open_hall

pytestmark = pytest.mark.asyncio


async def document(hall: Hall) -> dict[str, Any]:
    response = await hall.http.get("/api/openapi.json")
    document: dict[str, Any] = response.json()
    return document


def assert_problem(response: httpx.Response, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    problem: dict[str, str] = response.json()
    assert set(problem) == {"error", "expected", "seen", "cure"}
    return problem


async def test_an_invite_is_made_listed_and_revoked(hall: Hall) -> None:
    body = {"role": "presenter", "robot": "stage-1", "name": "李娜", "expires_in_s": 60}
    made = (await hall.http.post("/api/invites", json=body, headers=admin())).json()
    listed = (await hall.http.get("/api/invites", headers=admin())).json()["invites"]

    assert made["url"] == f"{hall.url}/presenter#{made['token']}"
    assert made["invite"]["expires_unix_ms"] == made["invite"]["created_unix_ms"] + 60_000
    assert listed == [made["invite"]]
    assert made["token"] not in str(listed)

    await hall.http.delete(f"/api/invites/{made['invite']['id']}", headers=admin())
    (revoked,) = (await hall.http.get("/api/invites", headers=admin())).json()["invites"]
    assert revoked["revoked_unix_ms"] is not None


@pytest.mark.parametrize(("role", "page"), [("presenter", "presenter"), ("staff", "staff"), ("observer", "staff")])
async def test_an_invites_link_leads_to_the_page_of_its_role(tmp_path: Path, role: str, page: str) -> None:
    async with open_hall(tmp_path, public_url="https://stage.example/") as hall:
        made = (await hall.http.post("/api/invites", json={"role": role, "robot": "stage-1"}, headers=admin())).json()

    assert made["url"] == f"https://stage.example/{page}#{made['token']}"


async def test_robots_and_invites_say_who_is_there(hall: Hall) -> None:
    await hall.robot()
    invite_id, token = await hall.invite("staff")
    await hall.person(token=token)

    (robot,) = (await hall.http.get("/api/robots", headers=admin())).json()["robots"]
    (invite,) = (await hall.http.get("/api/invites", headers=admin())).json()["invites"]
    health = (await hall.http.get("/healthz")).json()

    assert (robot["name"], robot["online"], robot["people"]) == ("stage-1", True, 1)
    assert (invite["id"], invite["present"]) == (invite_id, 1)
    assert (health["status"], health["robots_online"], health["people_online"]) == ("ok", 1, 1)


async def test_staff_invite_for_their_own_robot_only(hall: Hall) -> None:
    await hall.enrol("stage-2")
    other_id, _ = await hall.invite("presenter", robot="stage-2")
    _, token = await hall.invite("staff")

    made = await hall.http.post("/api/invites", json={"role": "presenter"}, headers=bearer(token))
    other = await hall.http.post("/api/invites", json={"role": "presenter", "robot": "stage-2"}, headers=bearer(token))
    listed = (await hall.http.get("/api/invites", headers=bearer(token))).json()["invites"]
    robots = (await hall.http.get("/api/robots", headers=bearer(token))).json()["robots"]

    assert made.json()["invite"]["robot"] == "stage-1"
    assert_problem(other, 403)
    assert {invite["robot"] for invite in listed} == {"stage-1"}
    assert [robot["name"] for robot in robots] == ["stage-1"]
    assert_problem(await hall.http.delete(f"/api/invites/{other_id}", headers=bearer(token)), 404)


async def test_staff_do_not_enrol_robots(hall: Hall) -> None:
    _, token = await hall.invite("staff")

    assert_problem(await hall.http.post("/api/robots", json={"name": "stage-2"}, headers=bearer(token)), 403)


@pytest.mark.parametrize("role", ["presenter", "observer"])
async def test_only_staff_invite(hall: Hall, role: str) -> None:
    _, token = await hall.invite(role)

    assert_problem(await hall.http.get("/api/invites", headers=bearer(token)), 401)


async def test_a_revoked_staff_invite_opens_nothing(hall: Hall) -> None:
    invite_id, token = await hall.invite("staff")
    await hall.http.delete(f"/api/invites/{invite_id}", headers=bearer(token))

    assert_problem(await hall.http.get("/api/invites", headers=bearer(token)), 401)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("x" * 43),
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {ADMIN_KEY}"},
        {"Authorization": ADMIN_KEY},
    ],
    ids=["nothing", "forged", "empty", "basic", "bare"],
)
async def test_strangers_are_told_what_opens_the_door(hall: Hall, headers: dict[str, str]) -> None:
    response = await hall.http.post("/api/robots", json={"name": "stage-2"}, headers=headers)

    assert_problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    assert ADMIN_KEY not in response.text


async def test_without_an_admin_key_nobody_is_admin(tmp_path: Path) -> None:
    async with open_hall(tmp_path, admin_key=None) as hall:
        assert_problem(await hall.http.get("/api/invites", headers=admin()), 401)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"role":"king","robot":"stage-1"}',
        b'{"role":"staff","robot":"stage-1","expires_in_s":0}',
        b'{"role":"staff","robot":"stage-1","expires_in_s":1e9}',
        b'{"role":"staff","robot":"../etc"}',
        b'{"role":"staff","robot":"stage-1","surprise":1}',
        b'{"role":"staff"}',
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
async def test_a_wrong_body_is_explained(hall: Hall, body: bytes) -> None:
    problem = assert_problem(await hall.http.post("/api/invites", content=body, headers=admin()), 400)

    assert problem["cure"]


async def test_a_body_without_end_is_not_read(hall: Hall) -> None:
    assert_problem(await hall.http.post("/api/invites", content=b" " * 20_000, headers=admin()), 413)


async def test_an_unknown_robot_and_a_taken_name_are_explained(hall: Hall) -> None:
    unknown = await hall.http.post("/api/invites", json={"role": "staff", "robot": "nobody"}, headers=admin())
    taken = await hall.http.post("/api/robots", json={"name": "stage-1"}, headers=admin())

    assert_problem(unknown, 404)
    assert "replace" in assert_problem(taken, 409)["cure"]


async def test_other_methods_and_paths_are_explained(hall: Hall) -> None:
    put = await hall.http.put("/api/robots")

    assert_problem(put, 405)
    assert set(put.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert_problem(await hall.http.get("/api/nothing"), 404)


async def test_counters_are_in_the_prometheus_format(hall: Hall) -> None:
    robot, anna = await hall.robot(), await hall.person("presenter")
    response = await hall.http.get("/metrics")

    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    connections = {sample.labels["kind"]: sample.value for sample in families["stagebridge_connections"].samples}
    assert connections == {"person": 1, "robot": 1}
    assert "version=" in response.headers["content-type"]
    await robot.ws.close()
    await anna.leave()


async def test_two_bridges_in_one_process_count_apart(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    async with open_hall(tmp_path / "second") as second:
        await second.robot()
        assert (await second.http.get("/healthz")).json()["robots_online"] == 1
    assert (await hall.http.get("/healthz")).json()["robots_online"] == 0


async def test_answers_are_kept_by_no_cache_and_come_with_a_policy(hall: Hall) -> None:
    for path in ("/healthz", "/metrics", "/api/openapi.json", "/api/invites"):
        response = await hall.http.get(path)
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"


# --- The OpenAPI document --------------------------------------------------------------------------------------------


async def test_the_document_names_every_operation_and_each_exists(hall: Hall) -> None:
    operations = {(method, path) for path, methods in (await document(hall))["paths"].items() for method in methods}

    assert operations == {
        ("get", "/api/invites"),
        ("post", "/api/invites"),
        ("delete", "/api/invites/{id}"),
        ("get", "/api/robots"),
        ("post", "/api/robots"),
        ("get", "/healthz"),
        ("get", "/metrics"),
        ("get", "/api/openapi.json"),
    }
    for method, path in operations:
        response = await hall.http.request(method, path.replace("{id}", "nobody"), headers=admin())
        assert response.status_code != httpx.codes.METHOD_NOT_ALLOWED


async def test_answers_are_as_the_document_says(hall: Hall) -> None:
    said = await document(hall)
    calls = [
        ("post", "/api/robots", {"name": "stage-2"}),
        ("get", "/api/robots", None),
        ("post", "/api/invites", {"role": "staff", "robot": "stage-1"}),
        ("get", "/api/invites", None),
        ("get", "/healthz", None),
        ("post", "/api/invites", {"role": "nobody"}),
        ("post", "/api/robots", {"name": "stage-1"}),
        ("delete", "/api/invites/{id}", None),
    ]
    for method, path, body in calls:
        response = await hall.http.request(method, path.replace("{id}", "nobody"), json=body, headers=admin())
        described = said["paths"][path][method]["responses"][str(response.status_code)]
        schema = described["content"]["application/json"]["schema"] | {"components": said["components"]}
        jsonschema.validate(response.json(), schema)


async def test_what_needs_a_credential_says_so(hall: Hall) -> None:
    for path, methods in (await document(hall))["paths"].items():
        for method, operation in methods.items():
            response = await hall.http.request(method, path.replace("{id}", "nobody"))
            assert (response.status_code == httpx.codes.UNAUTHORIZED) == ("security" in operation)
            assert str(response.status_code) in operation["responses"]
