"""What the REST interface takes and gives."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from teleop_core.wire.messages import Count, DisplayName, RobotName, Role, UnixMs

MAX_INVITE_S: Final = 30 * 24 * 3600


class InviteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite. Staff may leave `robot` out: theirs is meant. The expiry bounds coming in, not staying."""

    role: Role
    robot: RobotName | None = None
    name: DisplayName | None = None
    expires_in_s: Annotated[int, Meta(ge=1, le=MAX_INVITE_S)] = 12 * 3600


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An invite as it is kept; `present` counts who is in the room with it now."""

    id: str
    role: Role
    robot: RobotName
    name: DisplayName
    created_unix_ms: UnixMs
    expires_unix_ms: UnixMs
    revoked_unix_ms: UnixMs | None
    present: Count


class NewInvite(msgspec.Struct, frozen=True, kw_only=True):
    """A new invite with its link; the token in it is shown this once."""

    invite: Invite
    token: str
    url: str


class Invites(msgspec.Struct, frozen=True, kw_only=True):
    """Invites, newest first."""

    invites: list[Invite]


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """A revoked invite, and how many people were sent off with it."""

    id: str
    disconnected: Count


class RobotRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which robot to enrol. `replace` gives one that exists a new key, and sends off whoever came with the old one."""

    name: RobotName
    replace: bool = False


class NewRobot(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolled robot with its key, which is shown this once."""

    name: RobotName
    key: str


class Robot(msgspec.Struct, frozen=True, kw_only=True):
    """A robot as it is kept; `people` counts who is in its room now."""

    name: RobotName
    enrolled_unix_ms: UnixMs
    online: bool
    people: Count


class Robots(msgspec.Struct, frozen=True, kw_only=True):
    """All robots, by name."""

    robots: list[Robot]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this bridge works. It works without pages, too: robots and programs do not need them."""

    status: str
    version: str
    protocol: int
    robots_online: Count
    people_online: Count
    pages_built: bool
