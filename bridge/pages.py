"""The built pages, read once at start and served from memory: no path from outside ever meets the file system."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

MAX_PAGES_BYTES: Final = 64 * 1024 * 1024
PAGE_NAMES: Final = ("presenter", "staff")

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_PACKABLE: Final = (".html", ".js", ".css", ".svg", ".json", ".txt", ".map", ".webmanifest", ".wasm")
_TYPES: Final = {
    # Not from the system's table, which differs between machines.
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_NO_PAGES: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Stagebridge: the pages are not built</title>
<h1>The pages are not built</h1>
<p>This bridge runs, but it found no built pages to show.</p>
<p>Run <code>make setup</code> in the checkout, then start the bridge again.</p>
<p lang="zh-CN">网桥已在运行，但页面尚未构建。请在代码目录中运行 <code>make setup</code>，然后重新启动网桥。</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    cache_control: str


class Pages:
    """What `make setup` built, by URL path."""

    def __init__(self, files: Mapping[str, _File]) -> None:
        self._files = files

    @property
    def built(self) -> bool:
        """Whether the pages are there."""
        return all(f"/{name}" in self._files for name in PAGE_NAMES)

    async def serve(self, request: Request) -> Response:
        """Answer a GET of a page or of one of its files."""
        path = request.scope["path"]
        if path == "/":
            return RedirectResponse("/presenter", 307)
        file = self._files.get(path)
        if file is None:
            if path.removeprefix("/") in PAGE_NAMES:
                return HTMLResponse(_NO_PAGES, 503, {"Cache-Control": "no-store"})
            return Response("There is no such page.\n", 404, {"Cache-Control": "no-store"}, media_type="text/plain")
        headers = {"Cache-Control": file.cache_control, "ETag": file.etag, "Vary": "Accept-Encoding"}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        headers["Content-Type"] = file.media_type
        if file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(file.packed, headers=headers | {"Content-Encoding": "gzip"})
        return Response(file.body, headers=headers)


def read_pages(root: Path) -> Pages:
    """Read the built pages under `root`: `<name>.html` becomes `/<name>`, all else keeps its path.

    A missing build gives pages that say so; symbolic links that lead out of `root`, hidden files and what lies beyond
    `MAX_PAGES_BYTES` are left out.
    """
    files: dict[str, _File] = {}
    total_bytes = 0
    root = root.resolve()
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        inside = path.relative_to(root)
        if (
            not path.is_file()
            or not path.resolve().is_relative_to(root)
            or any(p.startswith(".") for p in inside.parts)
        ):
            continue
        total_bytes += path.stat().st_size
        if total_bytes > MAX_PAGES_BYTES:
            break
        url_path = f"/{inside.as_posix()}"
        files[_page_path(url_path)] = _file(path, hashed=inside.parts[0] == "assets")
    return Pages(files)


def _page_path(url_path: str) -> str:
    page = url_path.removesuffix("/index.html").removesuffix(".html")
    return page if page.removeprefix("/") in PAGE_NAMES else url_path


def _file(path: Path, *, hashed: bool) -> _File:
    body = path.read_bytes()
    packed = gzip.compress(body, mtime=0) if path.suffix in _PACKABLE else None
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(
        body=body,
        packed=packed if packed is not None and len(packed) < len(body) else None,
        media_type=media_type,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        cache_control=_IMMUTABLE if hashed else _REVALIDATE,
    )


def _takes_gzip(accept_encoding: str) -> bool:
    """Return whether gzip is accepted; `gzip;q=0` refuses it (RFC 9110, 12.5.3)."""
    for offer in accept_encoding.split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
