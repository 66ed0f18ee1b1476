"""The WebSocket's door: origin, caps, the first frame, and then into the room."""

import asyncio
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.websockets import WebSocket

from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.directory import Directory, DirectoryError
from bridge.fabric import Fabric
from bridge.handshake import Person, Robot, TurnedAway, identify
from bridge.link import Link, link_of
from bridge.metrics import BridgeMetrics, Turned
from bridge.pace import Pace
from bridge.rest.problems import Problem, problem_response
from bridge.room import attend_person, attend_robot, unix_ms
from teleop_core.wire.messages import CloseCode, Peer

HELLO_TIMEOUT_S: Final = 5.0
REVOCATION_CHECK_S: Final = 1.0
LINES_PER_S: Final = 5  # of the audit, about those who are turned away; the metrics count them all
LINES_AT_ONCE: Final = 100


class Gate:
    """Lets WebSockets in, and sends off those whose time is over."""

    def __init__(
        self, config: BridgeConfig, *, directory: Directory, fabric: Fabric, metrics: BridgeMetrics, audit: AuditLog
    ) -> None:
        self._config = config
        self._directory = directory
        self._fabric = fabric
        self._metrics = metrics
        self._audit = audit
        self._own_origins = {_origin_of(url) for url in (config.public_url, *config.allowed_origins) if url}
        self._links: set[Link] = set()
        self._strangers: dict[Link, None] = {}  # who has not said who they are, the oldest first
        self._by_address: Counter[str] = Counter()
        self._revoked: set[str] = set()
        self._lines = Pace(per_second=LINES_PER_S, at_once=LINES_AT_ONCE)
        self._unwritten = 0
        self._draining = False

    async def attend(self, websocket: WebSocket) -> None:
        """Serve one WebSocket from its upgrade to its end."""
        refusal = self._refuse_upgrade(websocket)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        await websocket.accept()
        link = link_of(websocket.scope)
        link.forget_the_handshake()
        address = websocket.client.host if websocket.client is not None else ""
        if self._draining:
            link.cut(CloseCode.GOING_AWAY, "the bridge is going away")
            return
        if self._by_address[address] >= self._config.max_connections_per_address or not self._make_room():
            self._turn_away(link, TurnedAway(CloseCode.CROWDED, Turned.CROWDED, "too many connections"), address)
            return
        self._links.add(link)
        self._strangers[link] = None
        self._by_address[address] += 1
        try:
            await self._let_in(websocket, link, address)
        finally:
            self._links.discard(link)
            self._strangers.pop(link, None)
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _make_room(self) -> bool:
        """Return whether there is a place; when all are taken, the stranger who waits longest makes room."""
        if len(self._links) < self._config.max_connections:
            return True
        stranger = next(iter(self._strangers), None)
        if stranger is None:
            return False
        del self._strangers[stranger]
        self._links.discard(stranger)
        self._metrics.count_refused(Turned.CROWDED)
        stranger.transport.abort()  # without a farewell, for which its place would be kept
        return True

    def send_off_invited(self, invite_id: str, reason: str) -> int:
        """End the connections of everybody who came with this invite, on this node; return how many there were."""
        self._revoked.add(invite_id)

        def came_with_it(peer: Peer) -> bool:
            return peer.id.startswith(f"{invite_id}.")

        return sum(room.send_off(came_with_it, CloseCode.BAD_CREDENTIAL, reason) for room in self._fabric.rooms())

    async def watch_invites(self) -> None:
        """Send off, for ever, whoever's invite another process revokes: the command line, or another bridge."""
        while True:
            await asyncio.sleep(REVOCATION_CHECK_S)
            present = {peer.id.partition(".")[0] for room in self._fabric.rooms() for peer in room.peers}
            if not present:
                continue
            try:
                revoked = await self._directory.revoked_among(present)
            except DirectoryError as exc:
                self._audit.note("directory_failed", detail=str(exc))
                continue
            for invite_id in revoked:
                self.send_off_invited(invite_id, "this invite was revoked")

    def drain(self) -> None:
        """Tell everybody that the bridge is going away, and let nobody in any more."""
        self._draining = True
        reason = "the bridge is going away"
        for room in self._fabric.rooms():
            room.send_off(lambda _: True, CloseCode.GOING_AWAY, reason)
            room.send_off_robot(CloseCode.GOING_AWAY, reason)
        for link in self._links:
            link.cut(CloseCode.GOING_AWAY, reason)

    def _refuse_upgrade(self, websocket: WebSocket) -> Response | None:
        """Return the refusal of an upgrade that must not happen.

        A query is refused whole: it lands in the logs of every proxy on the way, and a token is all it could be for.
        """
        if websocket.scope["query_string"]:
            self._metrics.count_refused(Turned.TOKEN_IN_QUERY)
            return problem_response(
                400,
                Problem(
                    "query_refused",
                    expected="/ws without a query",
                    seen="a query",
                    cure="send the token in the first frame, Hello",
                ),
            )
        origin = websocket.headers.get("origin")
        if origin is not None and not self._is_own(origin, host=websocket.headers.get("host", "")):
            self._metrics.count_refused(Turned.ORIGIN)
            return problem_response(
                403,
                Problem(
                    "origin_refused",
                    expected="a page of this bridge",
                    seen=origin[:100],
                    cure="add the origin to bridge.allowed_origins, if it is yours",
                ),
            )
        return None

    def _is_own(self, origin: str, *, host: str) -> bool:
        """Return whether a browser got its page from here: from the host that it asks now, or from one allowed."""
        said = origin.lower()
        return said in self._own_origins or (bool(host) and said.partition("://")[2] == host.lower())

    async def _let_in(self, websocket: WebSocket, link: Link, address: str) -> None:
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                message = await websocket.receive()
        except TimeoutError:
            reason = f"expected hello within {HELLO_TIMEOUT_S:.0f} s"
            self._turn_away(link, TurnedAway(CloseCode.HELLO_TIMEOUT, Turned.HELLO_TIMEOUT, reason), address)
            return
        if message["type"] == "websocket.disconnect":
            if message.get("code") == CloseCode.TOO_LARGE:
                self._metrics.count_refused(Turned.TOO_LARGE)
            return
        self._strangers.pop(link, None)
        text: str | None = message.get("text")
        try:
            who = await identify(text if text is not None else message["bytes"], self._directory, now_unix_ms=unix_ms())
        except DirectoryError as exc:
            self._audit.note("directory_failed", detail=str(exc))
            link.cut(CloseCode.GOING_AWAY, "the directory cannot answer")
            return
        match who:
            case TurnedAway():
                self._turn_away(link, who, address)
            case Robot():
                await attend_robot(websocket, who, self._fabric.room(who.name), self._metrics)
            case Person():
                await self._seat(websocket, link, who, address)

    async def _seat(self, websocket: WebSocket, link: Link, person: Person, address: str) -> None:
        if person.invite.id in self._revoked:  # revoked while the directory was asked
            away = TurnedAway(CloseCode.BAD_CREDENTIAL, Turned.CREDENTIAL, "this invite was revoked")
            self._turn_away(link, away, address)
            return
        room = self._fabric.room(person.invite.robot)
        if not room.has_place_for(person.peer):
            self._turn_away(link, TurnedAway(CloseCode.CROWDED, Turned.CROWDED, "the room is full"), address)
            return
        await attend_person(websocket, person, room, self._metrics)

    def _turn_away(self, link: Link, away: TurnedAway, address: str) -> None:
        self._metrics.count_refused(away.why)
        if self._lines.take(now_s=asyncio.get_running_loop().time()):
            unwritten, self._unwritten = self._unwritten, 0
            self._audit.note("turned_away", why=away.why.value, address=address, unwritten=unwritten or None)
        else:
            self._unwritten += 1
        link.cut(away.code, away.reason)


def _origin_of(url: str) -> str:
    """Return scheme and host of `url`, as a browser writes an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
