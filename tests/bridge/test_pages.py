"""The pages: built, missing, cached, packed; and never a file from elsewhere."""

import asyncio
import os
import socket
from pathlib import Path

import httpx
import pytest

from bridge.pages import read_pages
from tests.bridge.hall import Hall, open_hall

SCRIPT = "console.log('stage');\n" * 100


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build of the pages, with a secret beside it."""
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    for name in ("presenter", "staff"):
        (root / f"{name}.html").write_text(f"<!doctype html><title>{name}</title>" + " " * 500)
    (root / "assets" / "presenter-3fa1.js").write_text(SCRIPT)
    (root / "favicon.svg").write_text("<svg/>")
    (root / ".hidden").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    return root


async def get(hall: Hall, path: str, **headers: str) -> httpx.Response:
    return await hall.http.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.mark.asyncio
async def test_pages_and_their_files_are_served(tmp_path: Path, dist: Path) -> None:
    async with open_hall(tmp_path, pages=str(dist)) as hall:
        page = await get(hall, "/staff")
        script = await get(hall, "/assets/presenter-3fa1.js")
        icon = await get(hall, "/favicon.svg")
        start = await get(hall, "/")
        health = await get(hall, "/healthz")

    assert "<title>staff</title>" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert script.text == SCRIPT
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in script.headers["cache-control"]
    assert icon.headers["content-type"] == "image/svg+xml"
    assert (start.status_code, start.headers["location"]) == (307, "/presenter")
    assert health.json()["pages_built"] is True


@pytest.mark.asyncio
async def test_pages_are_packed_for_whom_it_suits_and_checked_by_their_tag(tmp_path: Path, dist: Path) -> None:
    async with open_hall(tmp_path, pages=str(dist)) as hall:
        packed = await get(hall, "/assets/presenter-3fa1.js", accept_encoding="br, gzip;q=0.8")
        plain = await get(hall, "/assets/presenter-3fa1.js", accept_encoding="gzip;q=0")
        again = await get(hall, "/staff", if_none_match=(await get(hall, "/staff")).headers["etag"])
        api = await get(hall, "/api/openapi.json", accept_encoding="gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == SCRIPT
    assert again.status_code == 304
    assert again.content == b""
    assert "content-encoding" not in api.headers


@pytest.mark.asyncio
async def test_missing_pages_say_what_to_do(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_hall(tmp_path, pages=str(tmp_path / "nowhere")) as hall:
        page = await get(hall, "/presenter")
        health = await get(hall, "/healthz")

    assert page.status_code == 503
    assert "make setup" in page.text
    assert health.json()["pages_built"] is False
    assert "make setup" in capfd.readouterr().err


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/etc/passwd",
        "/.hidden",
        "/link.txt",
        "/staff%00",
        "/staff.html",
    ],
)
async def test_no_path_leads_out_of_the_pages(tmp_path: Path, dist: Path, path: str) -> None:
    async with open_hall(tmp_path, pages=str(dist)) as hall:
        host, port = hall.url.removeprefix("http://").split(":")
        answer = await _raw_get(host, int(port), path)

    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"secret" not in answer
    assert b"root:" not in answer


async def _raw_get(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def test_what_is_no_file_is_left_out(dist: Path) -> None:
    os.mkfifo(dist / "assets" / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dist / "assets" / "s"))

        assert read_pages(dist).built
