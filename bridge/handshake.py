"""From a connection's first frame to who it is, or to a close code that says why not."""

from dataclasses import dataclass
from typing import Final

import msgspec

from bridge.credentials import hash_of, is_secret
from bridge.directory import Directory, InviteRecord
from bridge.metrics import Turned
from teleop_core.errors import WireError
from teleop_core.wire import codec
from teleop_core.wire.messages import PROTOCOL_VERSION, CloseCode, Hello, Peer, RobotHello, RobotProfile

_NOBODYS_HASH: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a valid invite."""

    peer: Peer
    invite: InviteRecord


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot with the right key, by one of its uplinks; `boot` tells its process from another one."""

    name: str
    profile: RobotProfile
    boot: str | None
    uplink: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Somebody who may not come in; `reason` is for the peer's own log and quotes nothing that it said."""

    code: CloseCode
    why: Turned
    reason: str


async def identify(frame: bytes, directory: Directory, *, now_unix_ms: int) -> Person | Robot | TurnedAway:
    """Return who says `frame`, the first of a connection.

    Raises:
        DirectoryError: the directory cannot answer.

    """
    seen_version = _version_in(frame)
    if seen_version is not None and seen_version != PROTOCOL_VERSION:
        reason = f"expected protocol version {PROTOCOL_VERSION}, got {seen_version}"
        return TurnedAway(CloseCode.VERSION, Turned.VERSION, reason)
    try:
        hello = codec.decode_hello(frame)
    except WireError as exc:
        # The message of the error quotes the frame, which carries a credential: only the rule is told.
        return TurnedAway(CloseCode.BAD_HELLO, Turned.BAD_HELLO, f"expected hello or robot_hello: {exc.fault.value}")
    match hello:
        case Hello():
            return await _person(hello, directory, now_unix_ms=now_unix_ms)
        case RobotHello():
            return await _robot(hello, directory)


async def _person(hello: Hello, directory: Directory, *, now_unix_ms: int) -> Person | TurnedAway:
    invite = await directory.invite_by_token(hash_of(hello.token))
    if invite is None or not is_secret(hello.token, invite.token_hash):
        return _bad_credential("expected the token of an invite")
    if invite.revoked_unix_ms is not None:
        return _bad_credential("this invite was revoked")
    if not invite.lets_in(now_unix_ms=now_unix_ms):
        return _bad_credential("this invite has expired")
    peer = Peer(id=f"{invite.id}.{hello.client_id}", role=invite.role, name=hello.name or invite.name)
    return Person(peer, invite)


async def _robot(hello: RobotHello, directory: Directory) -> Robot | TurnedAway:
    robot = await directory.robot(hello.robot)
    # An unknown name costs the same comparison and gets the same answer as a wrong key.
    if not is_secret(hello.key, robot.key_hash if robot is not None else _NOBODYS_HASH) or robot is None:
        return _bad_credential("expected the name and the key of an enrolled robot")
    return Robot(robot.name, hello.profile, hello.boot, hello.uplink)


def _bad_credential(reason: str) -> TurnedAway:
    return TurnedAway(CloseCode.BAD_CREDENTIAL, Turned.CREDENTIAL, reason)


class _Versioned(msgspec.Struct):
    """The version of a hello, whatever else a newer protocol has put into it."""

    version: int


_versioned: Final = msgspec.json.Decoder(_Versioned)


def _version_in(frame: bytes) -> int | None:
    if len(frame) > codec.MAX_FRAME_BYTES:
        return None
    try:
        return _versioned.decode(frame).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
