"""What the REST interface says when it cannot do what was asked: what was expected, what was seen, what helps."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response


class Problem(msgspec.Struct, frozen=True):
    """Why a request failed, in words for the person behind it. Never holds a credential."""

    error: str
    expected: str
    seen: str
    cure: str


class ApiError(Exception):
    """A request that cannot be served."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status} {problem.error}")
        self.status = status
        self.problem = problem


def json_response(status: int, body: object, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return `body`, a Struct or plain values, as JSON that no cache keeps."""
    return Response(
        msgspec.json.encode(body),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def problem_response(status: int, problem: Problem) -> Response:
    """Return `problem` as JSON."""
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return json_response(status, problem, headers=headers)
