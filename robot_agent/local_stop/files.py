"""The files of the hall's STOP page, in memory: no path from outside ever meets the file system."""

import http
from pathlib import Path
from typing import Final

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from robot_agent.local_stop.address import is_ours

SOCKET_PATH: Final = "/ws"

_FOLDER: Final = Path(__file__).with_name("page")
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_PATHS: Final = {
    "/": "stop.html",
    "/stop.js": "stop.js",
    "/hold.js": "hold.js",
    "/ladder.js": "ladder.js",
    "/words.js": "words.js",
    "/stop.css": "stop.css",
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Connection": "close",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ws://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageFiles:
    """Answers what is asked over HTTP; a path with a query is no path of ours, so that no PIN can stand in one."""

    def __init__(self) -> None:
        self._bodies = {path: (_FOLDER / name).read_bytes() for path, name in _PATHS.items()}

    def answer(self, request: Request) -> Response | None:
        """Return the answer to `request`; None when it is the page's own WebSocket, which may be opened."""
        hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
        host = hosts[0] if len(hosts) == 1 else None
        if request.method != "GET":
            return _plain(http.HTTPStatus.METHOD_NOT_ALLOWED)
        if host is None or not is_ours(host):
            return _plain(http.HTTPStatus.MISDIRECTED_REQUEST)
        if request.path == SOCKET_PATH:
            return None if origins == [f"http://{host}"] else _plain(http.HTTPStatus.FORBIDDEN)
        body = self._bodies.get(request.path)
        if body is None:
            return _plain(http.HTTPStatus.NOT_FOUND)
        content_type = f"{_TYPES[Path(_PATHS[request.path]).suffix]}; charset=utf-8"
        return _response(http.HTTPStatus.OK, content_type, body, policy=_POLICY.format(host=host))


def _plain(status: http.HTTPStatus) -> Response:
    return _response(status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode(), policy="default-src 'none'")


def _response(status: http.HTTPStatus, content_type: str, body: bytes, *, policy: str) -> Response:
    headers = Headers(_HEADERS)
    headers["Content-Security-Policy"] = policy
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(len(body))
    return Response(status.value, status.phrase, headers, body)
