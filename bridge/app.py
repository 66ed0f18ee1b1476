"""Everything on the bridge's one port: pages, REST, health, metrics and the WebSocket."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from bridge.directory import DirectoryError
from bridge.gate import Gate
from bridge.metrics import METRICS_TYPE
from bridge.pages import Pages
from bridge.rest import bodies
from bridge.rest.callers import Caller, Doorman, Who
from bridge.rest.desk import Desk, Operation
from bridge.rest.openapi import openapi_document
from bridge.rest.problems import ApiError, Problem, json_response, problem_response
from bridge.room import unix_ms
from bridge.rooms import Rooms, RoomsError
from teleop_core.wire.messages import PROTOCOL_VERSION

SOCKET_PATH: Final = "/ws"
_CONTENT_SECURITY_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self' ws: wss:",
    "img-src": "'self' blob: data:",
    "media-src": "'self' blob: data:",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in _CONTENT_SECURITY_POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), gamepad=(self), fullscreen=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _installed_version() -> str:
    try:
        return metadata.version("stagebridge")
    except metadata.PackageNotFoundError:
        return "0+unknown"


VERSION: Final = _installed_version()


def build_app(*, gate: Gate, desk: Desk, doorman: Doorman, pages: Pages, rooms: Rooms) -> ASGIApp:
    """Return the ASGI application of one bridge."""

    async def health(_caller: Caller, _request: Request) -> bodies.Health:
        totals = await rooms.totals()
        return bodies.Health(
            status="ok",
            version=VERSION,
            protocol=PROTOCOL_VERSION,
            robots_online=totals.robots_online,
            people_online=totals.people_online,
            pages_built=pages.built,
        )

    async def count(_caller: Caller, _request: Request) -> bytes:
        return await rooms.metrics()

    async def describe(_caller: Caller, _request: Request) -> dict[str, object]:
        return document

    operations = (
        *desk.operations(),
        _open_get("/healthz", "Whether this bridge works", bodies.Health, health),
        _open_get("/metrics", "Counters in the Prometheus text format", METRICS_TYPE, count),
        _open_get("/api/openapi.json", "This document", "application/json", describe),
    )
    document = openapi_document(operations, version=VERSION)
    http = Starlette(
        routes=[
            *_routes(operations, doorman),
            Route("/api/{path:path}", _serve_nothing),
            Route("/{path:path}", pages.serve, methods=["GET"]),
        ],
        middleware=[Middleware(_SecurityHeaders)],
        exception_handlers={HTTPException: _explain},
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == SOCKET_PATH:
            # Past Starlette, whose frames would be kept for as long as the connection: a sixth of what it takes.
            await gate.attend(WebSocket(scope, receive, send))
        else:
            await http(scope, receive, send)

    return app


def _open_get(
    path: str, summary: str, gives: type[bodies.Health] | str, run: Callable[[Caller, Request], Awaitable[object]]
) -> Operation:
    return Operation(method="GET", path=path, summary=summary, who=Who.ANYONE, gives=gives, run=run)


def _routes(operations: Sequence[Operation], doorman: Doorman) -> Iterator[Route]:
    """Yield one route for each path, so that a method that is not served is answered with those that are."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    for path, by_method in by_path.items():
        yield Route(path, _answer_with(by_method, doorman), methods=list(by_method))


def _answer_with(by_method: Mapping[str, Operation], doorman: Doorman) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        try:
            caller = await doorman.admit(request, operation.who, now_unix_ms=unix_ms())
            result = await operation.run(caller, request)
        except ApiError as exc:
            return problem_response(exc.status, exc.problem)
        except DirectoryError as exc:
            problem = Problem("directory_failed", "a working directory", str(exc), "look at the disk of the bridge")
            return problem_response(503, problem)
        except RoomsError as exc:
            problem = Problem(
                "rooms_failed", "rooms that answer", str(exc), "try again; the bridge is overloaded or ending"
            )
            return problem_response(503, problem)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        if isinstance(result, bytes):
            headers = {"Cache-Control": "no-store", "Content-Type": str(operation.gives)}
            return Response(result, operation.status, headers)
        return json_response(operation.status, result)

    return answer


async def _serve_nothing(_request: Request) -> Response:
    raise HTTPException(404)


async def _explain(request: Request, exc: Exception) -> Response:
    """Answer what no route takes: another method, or a path that only other methods know."""
    assert isinstance(exc, HTTPException)  # noqa: S101 - registered for it only
    response = problem_response(
        exc.status_code,
        Problem(
            "not_served",
            "a method and path of /api/openapi.json",
            f"{request.method} {request.url.path[:100]}",
            "see there",
        ),
    )
    response.headers.update(exc.headers or {})
    return response


class _SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
