"""What the REST interface can do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from bridge.audit import AuditLog
from bridge.credentials import hash_of, new_invite_id, new_secret
from bridge.directory import Directory, InviteRecord, RobotRecord
from bridge.rest import bodies
from bridge.rest.callers import Caller, Who
from bridge.rest.problems import ApiError, Problem
from bridge.room import unix_ms
from bridge.rooms import NOBODY, Rooms, RoomView
from teleop_core.wire.messages import Role

MAX_BODY_BYTES: Final = 16 * 1024
BODY_TIMEOUT_S: Final = 5.0

_NAME_OF_ROLE: Final = {Role.PRESENTER: "Presenter", Role.STAFF: "Stage staff", Role.OBSERVER: "Observer"}
_PAGE_OF_ROLE: Final = {Role.PRESENTER: "presenter", Role.STAFF: "staff", Role.OBSERVER: "staff"}
_SEEN_CHARS: Final = 60

BodyT = TypeVar("BodyT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `takes` and `gives` are the bodies; `gives` without a Struct names a media type."""

    method: str
    path: str
    summary: str
    who: Who
    takes: type[msgspec.Struct] | None = None
    gives: type[msgspec.Struct] | str
    status: int = 200
    problems: tuple[int, ...] = ()
    run: Callable[[Caller, Request], Awaitable[object]]


class Desk:
    """Invites and robots: the operations on one bridge's directory and rooms."""

    def __init__(self, *, directory: Directory, rooms: Rooms, audit: AuditLog, public_url: str) -> None:
        self._directory = directory
        self._rooms = rooms
        self._audit = audit
        self._public_url = public_url.rstrip("/")

    def operations(self) -> tuple[Operation, ...]:
        """Return everything that can be done here."""
        return (
            Operation(
                method="POST",
                path="/api/invites",
                summary="Invite somebody into a robot's room",
                who=Who.STAFF,
                takes=bodies.InviteRequest,
                gives=bodies.NewInvite,
                status=201,
                problems=(400, 403, 404, 413),
                run=self._make_invite,
            ),
            Operation(
                method="GET",
                path="/api/invites",
                summary="List the invites; staff see those of their own robot",
                who=Who.STAFF,
                gives=bodies.Invites,
                run=self._list_invites,
            ),
            Operation(
                method="DELETE",
                path="/api/invites/{id}",
                summary="Revoke an invite, and send off at once whoever came with it",
                who=Who.STAFF,
                gives=bodies.Revoked,
                problems=(404,),
                run=self._revoke_invite,
            ),
            Operation(
                method="POST",
                path="/api/robots",
                summary="Enrol a robot, or give it a new key",
                who=Who.ADMIN,
                takes=bodies.RobotRequest,
                gives=bodies.NewRobot,
                status=201,
                problems=(400, 403, 409, 413),
                run=self._enrol_robot,
            ),
            Operation(
                method="GET",
                path="/api/robots",
                summary="List the robots; staff see their own",
                who=Who.STAFF,
                gives=bodies.Robots,
                run=self._list_robots,
            ),
        )

    async def _make_invite(self, caller: Caller, request: Request) -> bodies.NewInvite:
        wish = await _read_body(request, bodies.InviteRequest)
        robot = wish.robot or caller.robot
        if robot is None:
            raise _bad_request("the name of a robot", "none", 'say for which: "robot": ...')
        if not caller.acts_for(robot):
            expected = f"your own robot, {caller.robot}"
            raise ApiError(403, Problem("other_robot", expected=expected, seen=robot, cure="ask the admin"))
        if await self._directory.robot(robot) is None:
            raise _not_found("an enrolled robot", robot, "enrol it with POST /api/robots")
        token = new_secret()
        now = unix_ms()
        record = InviteRecord(
            id=new_invite_id(),
            token_hash=hash_of(token),
            role=wish.role,
            robot=robot,
            name=wish.name or _NAME_OF_ROLE[wish.role],
            created_unix_ms=now,
            expires_unix_ms=now + wish.expires_in_s * 1000,
        )
        await self._directory.add_invite(record)
        self._audit.note("invited", by=caller.name, invite=record.id, role=record.role.value, robot=robot)
        url = f"{self._public_url}/{_PAGE_OF_ROLE[record.role]}#{token}"
        return bodies.NewInvite(invite=_shown(record, NOBODY), token=token, url=url)

    async def _list_invites(self, caller: Caller, _request: Request) -> bodies.Invites:
        views = await self._rooms.look(caller.robot)
        records = await self._directory.invites(robot=caller.robot)
        return bodies.Invites(invites=[_shown(record, views.get(record.robot, NOBODY)) for record in records])

    async def _revoke_invite(self, caller: Caller, request: Request) -> bodies.Revoked:
        invite_id = request.path_params["id"]
        record = await self._directory.invite(invite_id)
        if record is None or not caller.acts_for(record.robot):
            raise _not_found("the id of an invite", invite_id[:40], "list them with GET /api/invites")
        await self._directory.revoke(record.id, now_unix_ms=unix_ms())
        disconnected = await self._rooms.send_off_invited(record.id, "this invite was revoked")
        self._audit.note("revoked_invite", by=caller.name, invite=record.id, disconnected=disconnected)
        return bodies.Revoked(id=record.id, disconnected=disconnected)

    async def _enrol_robot(self, caller: Caller, request: Request) -> bodies.NewRobot:
        wish = await _read_body(request, bodies.RobotRequest)
        key = new_secret()
        record = RobotRecord(name=wish.name, key_hash=hash_of(key), enrolled_unix_ms=unix_ms())
        if not await self._directory.enrol(record, replace=wish.replace):
            raise ApiError(
                409,
                Problem(
                    "name_taken",
                    expected="a name that no robot has",
                    seen=wish.name,
                    cure='choose another, or say "replace": true to give that robot a new key',
                ),
            )
        await self._rooms.send_off_robot(wish.name, "this robot has a new key")
        self._audit.note("enrolled", by=caller.name, robot=wish.name, replaced=wish.replace)
        return bodies.NewRobot(name=wish.name, key=key)

    async def _list_robots(self, caller: Caller, _request: Request) -> bodies.Robots:
        records = [record for record in await self._directory.robots() if caller.acts_for(record.name)]
        views = await self._rooms.look(caller.robot)
        return bodies.Robots(
            robots=[
                bodies.Robot(
                    name=record.name,
                    enrolled_unix_ms=record.enrolled_unix_ms,
                    online=views.get(record.name, NOBODY).robot_online,
                    people=views.get(record.name, NOBODY).people,
                )
                for record in records
            ]
        )


def _shown(record: InviteRecord, room: RoomView) -> bodies.Invite:
    return bodies.Invite(
        id=record.id,
        role=record.role,
        robot=record.robot,
        name=record.name,
        created_unix_ms=record.created_unix_ms,
        expires_unix_ms=record.expires_unix_ms,
        revoked_unix_ms=record.revoked_unix_ms,
        present=room.by_invite.get(record.id, 0),
    )


async def _read_body(request: Request, kind: type[BodyT]) -> BodyT:
    """Return the body of `request` as a `kind`.

    Raises:
        ApiError: 400, it is none; 408, it does not come; 413, it is too long.

    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    seen = f"more than {MAX_BODY_BYTES} bytes"
                    raise ApiError(413, Problem("too_large", f"at most {MAX_BODY_BYTES} bytes", seen, "send less"))
    except TimeoutError as exc:
        expected = f"the whole body within {BODY_TIMEOUT_S:.0f} s"
        raise ApiError(408, Problem("too_late", expected, f"{len(body)} bytes of it", "send it at once")) from exc
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        seen = repr(bytes(body[:_SEEN_CHARS]).decode("utf-8", "backslashreplace"))
        raise _bad_request(f"a {kind.__name__} as JSON: {exc}", seen, "see /api/openapi.json") from exc


def _bad_request(expected: str, seen: str, cure: str) -> ApiError:
    return ApiError(400, Problem("bad_request", expected, seen, cure))


def _not_found(expected: str, seen: str, cure: str) -> ApiError:
    return ApiError(404, Problem("not_found", expected, seen, cure))
