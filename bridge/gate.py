"""The WebSocket's door: origin, caps and the first frame, of those whom nobody knows yet."""

import asyncio
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.websockets import WebSocket

from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.directory import Directory, DirectoryError
from bridge.handshake import Person, Robot, TurnedAway, identify
from bridge.link import Closed, Link, link_of
from bridge.metrics import BridgeMetrics, Turned
from bridge.places import Places
from bridge.rest.problems import Problem, problem_response
from bridge.room import unix_ms
from bridge.turning_away import Bouncer
from teleop_core.wire.messages import CloseCode

HELLO_TIMEOUT_S: Final = 5.0


class Inside(Protocol):
    """What lies behind the gate."""

    async def admit(self, link: Link, who: Person | Robot, address: str) -> int | None:
        """Attend to somebody until the end.

        Where another process does, return at once: the number of a guest whose place is kept until `Gate.left`.
        """
        ...


class Gate:
    """Finds out who somebody is, or turns them away."""

    def __init__(
        self, config: BridgeConfig, *, directory: Directory, inside: Inside, metrics: BridgeMetrics, audit: AuditLog
    ) -> None:
        self._directory = directory
        self._inside = inside
        self._metrics = metrics
        self._audit = audit
        self._bouncer = Bouncer(metrics=metrics, audit=audit)
        self._own_origins = {_origin_of(url) for url in (config.public_url, *config.allowed_origins) if url}
        self._places = Places(
            most=config.max_connections,
            most_of_one=config.max_connections_per_address,
            on_turned_out=lambda: metrics.count_refused(Turned.CROWDED),
        )
        self._draining = False

    async def attend(self, websocket: WebSocket) -> None:
        """Serve one WebSocket from its upgrade on."""
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
        if not self._places.take(link, address):
            away = TurnedAway(CloseCode.CROWDED, Turned.CROWDED, "too many connections")
            self._bouncer.turn_away(link, away, address)
            return
        try:
            who = await self._who(link, address)
            guest = await self._inside.admit(link, who, address) if who is not None else None
            if guest is not None:
                self._places.pass_on(link, guest)
        finally:
            self._places.give_back(link)

    def left(self, guest: int) -> None:
        """Free the place of a guest who has gone."""
        self._places.give_back(guest)

    def drain(self) -> None:
        """Let nobody in any more, and tell those who wait."""
        self._draining = True
        for link in self._places.links:
            link.cut(CloseCode.GOING_AWAY, "the bridge is going away")

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

    async def _who(self, link: Link, address: str) -> Person | Robot | None:
        """Return who says hello in time, None when they were turned away."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                first = await link.next()
        except TimeoutError:
            reason = f"expected hello within {HELLO_TIMEOUT_S:.0f} s"
            self._bouncer.turn_away(link, TurnedAway(CloseCode.HELLO_TIMEOUT, Turned.HELLO_TIMEOUT, reason), address)
            return None
        if isinstance(first, Closed):
            if first.code == CloseCode.TOO_LARGE:
                self._metrics.count_refused(Turned.TOO_LARGE)
            return None
        self._places.speaks(link)
        try:
            who = await identify(first, self._directory, now_unix_ms=unix_ms())
        except DirectoryError as exc:
            self._audit.note("directory_failed", detail=str(exc))
            link.cut(CloseCode.GOING_AWAY, "the directory cannot answer")
            return None
        if isinstance(who, TurnedAway):
            self._bouncer.turn_away(link, who, address)
            return None
        return who


def _origin_of(url: str) -> str:
    """Return scheme and host of `url`, as a browser writes an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
