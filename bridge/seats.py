"""Whoever is known, in the room of their robot, until the end of their time there."""

import asyncio
from typing import Final

from bridge.audit import AuditLog
from bridge.directory import Directory, DirectoryError
from bridge.fabric import Fabric
from bridge.handshake import Person, Robot, TurnedAway
from bridge.link import Link
from bridge.metrics import BridgeMetrics, Turned
from bridge.room import attend_person, attend_robot
from bridge.turning_away import Bouncer
from teleop_core.wire.messages import CloseCode, Peer

REVOCATION_CHECK_S: Final = 1.0


class Seats:
    """Lets those who are known into their rooms, and sends off those whose time is over."""

    def __init__(self, *, directory: Directory, fabric: Fabric, metrics: BridgeMetrics, audit: AuditLog) -> None:
        self._directory = directory
        self._fabric = fabric
        self._metrics = metrics
        self._audit = audit
        self._bouncer = Bouncer(metrics=metrics, audit=audit)
        self._revoked: set[str] = set()

    async def admit(self, link: Link, who: Person | Robot, address: str) -> None:
        """Keep somebody in their room until one of the two has had enough."""
        if isinstance(who, Robot):
            await attend_robot(link, who, self._fabric.room(who.name), self._metrics)
            return
        if who.invite.id in self._revoked:  # revoked while the directory was asked
            away = TurnedAway(CloseCode.BAD_CREDENTIAL, Turned.CREDENTIAL, "this invite was revoked")
            self._bouncer.turn_away(link, away, address)
            return
        room = self._fabric.room(who.invite.robot)
        if not room.has_place_for(who.peer):
            away = TurnedAway(CloseCode.CROWDED, Turned.CROWDED, "the room is full")
            self._bouncer.turn_away(link, away, address)
            return
        await attend_person(link, who, room, self._metrics)

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
            present: set[str] = set()
            for room in self._fabric.rooms():
                present.update(peer.id.partition(".")[0] for peer in room.peers)
                await asyncio.sleep(0)  # whoever drives has a turn between two rooms
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
        """Tell everybody that the bridge is going away."""
        reason = "the bridge is going away"
        for room in self._fabric.rooms():
            room.send_off(lambda _: True, CloseCode.GOING_AWAY, reason)
            room.send_off_robot(CloseCode.GOING_AWAY, reason)
