"""Who uses the REST interface."""

import enum
from dataclasses import dataclass

from starlette.requests import Request

from bridge.credentials import hash_of, is_secret
from bridge.directory import Directory, InviteRecord
from bridge.rest.problems import ApiError, Problem
from teleop_core.wire.messages import Role


class Who(enum.Enum):
    """Who may use an operation."""

    ANYONE = "anyone"
    STAFF = "staff"  # and the admin
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Staff come with their invite and act for its robot; the admin acts for all."""

    who: Who
    invite: InviteRecord | None = None

    @property
    def name(self) -> str:
        """How the audit log names them."""
        return self.invite.id if self.invite is not None else self.who.value

    @property
    def robot(self) -> str | None:
        """The only robot that they act for, None for all."""
        return self.invite.robot if self.invite is not None else None

    def acts_for(self, robot: str) -> bool:
        """Return whether they may see and change what belongs to `robot`."""
        return self.robot is None or self.robot == robot


class Doorman:
    """Knows callers by their credentials."""

    def __init__(self, directory: Directory, *, admin_key: str | None) -> None:
        self._directory = directory
        self._admin_hash = hash_of(admin_key) if admin_key is not None else None

    async def admit(self, request: Request, wanted: Who, *, now_unix_ms: int) -> Caller:
        """Return who sends `request`, if they may use an operation for `wanted`.

        Raises:
            ApiError: 401, nobody known; 403, somebody known who may not do that.

        """
        if wanted is Who.ANYONE:
            return Caller(Who.ANYONE)
        caller = await self._identify(request, now_unix_ms=now_unix_ms)
        if wanted is Who.ADMIN and caller.who is not Who.ADMIN:
            raise ApiError(403, Problem("forbidden", expected="the admin", seen="staff", cure="ask the admin"))
        return caller

    async def _identify(self, request: Request, *, now_unix_ms: int) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise _unauthorised("another kind of Authorization" if scheme else "no Authorization header")
        if self._admin_hash is not None and is_secret(secret, self._admin_hash):
            return Caller(Who.ADMIN)
        invite = await self._directory.invite_by_token(hash_of(secret))
        if invite is None or not is_secret(secret, invite.token_hash):
            raise _unauthorised("an unknown key or token")
        if not invite.lets_in(now_unix_ms=now_unix_ms):
            raise _unauthorised("the token of an invite that is over")
        if invite.role is not Role.STAFF:
            raise _unauthorised(f"the token of a {invite.role.value}'s invite")
        return Caller(Who.STAFF, invite)


def _unauthorised(seen: str) -> ApiError:
    problem = Problem(
        "unauthorised",
        expected="Authorization: Bearer with the admin key, or with the token of a staff invite",
        seen=seen,
        cure="set bridge.admin_key and send it, or ask the stage staff",
    )
    return ApiError(401, problem)
