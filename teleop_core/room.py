"""The bridge's side of one robot: who is in the room, and what goes where. It holds no driving authority.

::

    person ──frame──► receive_from_person ──FromPeer(peer, role, the same bytes)──► the robot's outbox
    robot ──ToPeer──► receive_from_robot ──the body's bytes──► one person's outbox, or everybody's

Every frame is decoded once, to be refused here when it breaks a rule, and passed on as it came. `Drive`,
`LeaseRenew` and `Watch` wait in one slot each per peer, `Stop` goes ahead of everything, all else is lossless and
bounded. A robot may be here over several uplinks: each frame for it is numbered and goes over all of them, and of what
it says over several the first copy counts. A shell puts frames in, takes them from the outboxes, and closes a
connection whose outbox has ended.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from teleop_core.errors import WireError, WireFault
from teleop_core.fitness import FitnessBoard
from teleop_core.outbox import Outbox, Put
from teleop_core.presence import Presence, RobotSeat
from teleop_core.said import EVENT_SOURCE, id_in, robot_said
from teleop_core.seat import Seat
from teleop_core.wire import codec
from teleop_core.wire import messages as m

HISTORY_EVENTS: Final = 200
MAX_STRIKES: Final = 3
MAX_PEERS: Final = 64
DISMISSED_KEPT: Final = 32

_PROFILE_BYTES: Final = 1024  # a robot's profile may come into a roster after its people
_FOR_OBSERVERS: Final = (m.Stop, m.Ping, m.RtcOffer, m.RtcCandidate, m.RtcClose)


class IceServersFor(Protocol):
    """Says which STUN and TURN servers a peer may use."""

    def __call__(self, peer: str, *, now_unix_ms: int) -> tuple[m.IceServer, ...]:
        """Return the servers for `peer`, a person's id or a robot's name, with credentials of its own."""
        ...


def no_ice_servers(peer: str, *, now_unix_ms: int) -> tuple[m.IceServer, ...]:
    """Return none."""
    del peer, now_unix_ms
    return ()


class Witness(Protocol):
    """Writes down what happens in a room."""

    def saw_event(self, robot: str, event: m.Event) -> None:
        """Note an event, made by the bridge or by the robot."""
        ...

    def saw_stop(self, robot: str, peer: m.Peer, stop: m.Stop, *, robot_online: bool) -> None:
        """Note a STOP, once for each id in a row."""
        ...


class BridgeRoom:
    """One robot and the people around it.

    Event numbers start at the Unix milliseconds of the room's birth, so that those of a restarted bridge are newer.
    """

    def __init__(self, robot: str, *, ice_servers: IceServersFor, witness: Witness, now_unix_ms: int) -> None:
        self.robot = robot
        self._ice_servers = ice_servers
        self._witness = witness
        self._seats: dict[str, Seat] = {}
        self._robot: Presence | None = None
        self._status: bytes | None = None
        self._fitness = FitnessBoard()
        self._dismissed: deque[str] = deque(maxlen=DISMISSED_KEPT)
        self._history: deque[bytes] = deque(maxlen=HISTORY_EVENTS)
        self._next_event_seq = now_unix_ms
        self._next_seq = now_unix_ms  # of what the robot hears

    @property
    def robot_online(self) -> bool:
        """Whether the robot is connected."""
        return self._robot is not None

    @property
    def people(self) -> int:
        """How many people are here."""
        return len(self._seats)

    @property
    def peers(self) -> tuple[m.Peer, ...]:
        """Everybody in the room, in the order in which they came."""
        return tuple(seat.peer for seat in self._seats.values())

    @property
    def _profile(self) -> m.RobotProfile | None:
        return self._robot.profile if self._robot is not None else None

    # Coming and going

    def has_place_for(self, peer: m.Peer) -> bool:
        """Return whether `peer` may join: the roster must stay one frame, and each change of it goes to everybody."""
        others = tuple(seated for seated in self.peers if seated.id != peer.id)
        if len(others) >= MAX_PEERS:
            return False
        return len(codec.encode(self._roster((*others, peer)))) <= codec.MAX_FRAME_BYTES - _PROFILE_BYTES

    def join(self, peer: m.Peer, outbox: Outbox, *, now_unix_ms: int) -> Seat:
        """Seat `peer`, who reads from `outbox`; whoever sat there under the same id is sent off with REPLACED."""
        older = self._seats.pop(peer.id, None)
        if older is not None:
            self._stand_up(older)
            older.outbox.end(m.CloseCode.REPLACED, "you came in through another connection")
        if peer.id in self._dismissed:
            self._dismissed.remove(peer.id)
        seat = Seat(peer, outbox)
        seat.outbox.put_urgent(m.Welcome, codec.encode(self._welcome(peer, now_unix_ms=now_unix_ms)))
        self._seats[peer.id] = seat
        self._tell_roster()
        if self._status is not None:
            seat.outbox.put_event(self._status)
        for event in self._history:
            seat.outbox.put_event(event)
        if peer.role is m.Role.STAFF:
            for key, frame in self._fitness.frames():
                seat.outbox.put_state(key, frame)
        if older is None:
            self._tell_event(m.EventKind.JOINED, peer=peer, now_unix_ms=now_unix_ms)
        return seat

    def leave(self, seat: Seat, *, now_unix_ms: int) -> None:
        """Free `seat`; nothing happens when somebody else sits there by now."""
        if self._seats.get(seat.peer.id) is not seat:
            return
        del self._seats[seat.peer.id]
        self._fitness.forget(seat.peer.id)
        self._stand_up(seat)
        self._tell_roster()
        self._tell_event(m.EventKind.LEFT, peer=seat.peer, now_unix_ms=now_unix_ms)

    def robot_joins(
        self,
        profile: m.RobotProfile,
        outbox: Outbox,
        *,
        now_unix_ms: int,
        boot: str | None = None,
        uplink: str = "",
    ) -> RobotSeat:
        """Seat a connection of the robot: beside the other uplinks of the same process, or in place of another one."""
        seat = RobotSeat(uplink, outbox)
        known = self._robot
        if known is not None and known.is_process(boot):
            self._robot_joins_itself(known, seat, profile, now_unix_ms=now_unix_ms)
            return seat
        if known is not None:
            known.end(m.CloseCode.REPLACED, "the robot came in through another connection")
        self._robot = Presence(profile, boot=boot)
        self._robot.take(seat)
        self._status = self._fitness.readiness = None
        seat.outbox.put_urgent(m.Welcome, codec.encode(self._welcome(None, now_unix_ms=now_unix_ms)))
        self._tell_roster()
        self._tell_event(m.EventKind.ROBOT_ONLINE, now_unix_ms=now_unix_ms)
        return seat

    def _robot_joins_itself(
        self, robot: Presence, seat: RobotSeat, profile: m.RobotProfile, *, now_unix_ms: int
    ) -> None:
        before = len(robot)
        if not robot.take(seat):
            return
        robot.profile = profile
        seat.outbox.put_urgent(m.Welcome, codec.encode(self._welcome(None, now_unix_ms=now_unix_ms)))
        self._tell_roster()
        if len(robot) > before:
            self._tell_event(m.EventKind.UPLINK_UP, detail=seat.uplink, now_unix_ms=now_unix_ms)

    def robot_leaves(self, seat: RobotSeat, *, now_unix_ms: int) -> None:
        """Free a seat of the robot, which is gone with its last one; nothing happens when a newer connection has it."""
        if self._robot is None or seat not in self._robot:
            return
        self._robot.drop(seat)
        if len(self._robot):
            self._tell_event(m.EventKind.UPLINK_DOWN, detail=seat.uplink, now_unix_ms=now_unix_ms)
            return
        self._robot = None
        self._status = self._fitness.readiness = None
        self._tell_roster()
        self._tell_event(m.EventKind.ROBOT_OFFLINE, now_unix_ms=now_unix_ms)

    def send_off(self, is_meant: Callable[[m.Peer], bool], code: m.CloseCode, reason: str) -> int:
        """End the connection of every peer that is meant, and return how many there were.

        With a code that says not to come back, the robot ends their peer-to-peer road and their lease as well.
        """
        meant = [seat for seat in self._seats.values() if is_meant(seat.peer)]
        for seat in meant:
            self._stand_up(seat)
            seat.outbox.end(code, reason)
            if m.is_final(code):
                self._dismissed.append(seat.peer.id)
        if meant and m.is_final(code):
            self._tell_roster()
        return len(meant)

    def send_off_robot(self, code: m.CloseCode, reason: str) -> None:
        """End the robot's connections, if there are any."""
        if self._robot is not None:
            self._robot.end(code, reason)

    def renew_ice_servers(self, *, now_unix_ms: int) -> None:
        """Tell everybody their servers anew, before the credentials of the last time expire."""
        for seat in self._seats.values():
            servers = self._ice_servers(seat.peer.id, now_unix_ms=now_unix_ms)
            seat.outbox.put_state(m.IceServers, codec.encode(m.IceServers(servers=servers)))
        if self._robot is not None:
            servers = self._ice_servers(self.robot, now_unix_ms=now_unix_ms)
            self._robot.put_state(m.IceServers, codec.encode(m.IceServers(servers=servers)))

    # What passes through

    def receive_from_person(self, seat: Seat, frame: bytes | str) -> m.Refusal | WireFault | None:
        """Pass on what the person in `seat` said, or return why not (having told them, where the frame has an id)."""
        if seat.outbox.ending is not None:
            return None
        try:
            message = codec.decode_at_bridge(frame)
        except WireError as exc:
            self._strike_person(seat, frame)
            return exc.fault
        if isinstance(message, m.Ping):
            seat.outbox.put_event(codec.encode(m.Pong(id=message.id)))
            return None
        if isinstance(message, m.Preflight):
            return self._tell_checked(seat, message)
        if isinstance(message, m.Note):
            return self._tell_note(seat, message)
        refusal = self._pass_to_robot(seat, message, frame)
        if isinstance(message, m.Stop) and seat.last_stop != message.id:
            seat.last_stop = message.id
            self._witness.saw_stop(self.robot, seat.peer, message, robot_online=self.robot_online)
        if refusal is not None and not isinstance(message, m.StateMessage):
            seat.refuse(message.id, refusal)
        return refusal

    def receive_from_robot(self, seat: RobotSeat, frame: bytes | str) -> WireFault | None:
        """Pass on what the robot said, or return the rule that it broke."""
        if seat.outbox.ending is not None:
            return None
        try:
            message = codec.decode_from_robot(frame)
            if isinstance(message, m.Ping):
                seat.outbox.put_event(codec.encode(m.Pong(id=message.id)))
                return None
            robot = self._robot if self._robot is not None and seat in self._robot else None
            if robot is not None and robot.is_copy(message):
                return None
            body = bytes(message.body)
            said = robot_said(body)
        except WireError as exc:
            seat.strikes += 1
            if seat.strikes >= MAX_STRIKES:
                seat.outbox.end(m.CloseCode.REFUSED_TOO_OFTEN, f"{MAX_STRIKES} malformed frames")
            return exc.fault
        if robot is not None and not robot.is_outdated(message, said):
            self._deliver(message, said, body)
        return None

    def _tell_checked(self, seat: Seat, said: m.Preflight) -> m.Refusal | None:
        if seat.peer.role is m.Role.OBSERVER:
            return m.Refusal.ROLE
        frame = self._fitness.take(seat.peer.id, said)
        if frame is None:
            return m.Refusal.OVERLOADED
        self._tell_staff((m.Checked, seat.peer.id), frame)
        return None

    def _tell_note(self, seat: Seat, note: m.Note) -> m.Refusal | None:
        """Hand a written line to whom it is meant for; its sender gets it back, and sees that it went."""
        refusal = self._note_refusal(seat, note)
        if refusal is not None:
            seat.refuse(note.id, refusal)
            return refusal
        noted = codec.encode(m.Noted(by=seat.peer, to=note.to, at_unix_ms=note.at_unix_ms, text=note.text))
        for each in self._seats.values():
            is_meant = each.peer.role is not m.Role.OBSERVER if note.to is None else each.peer.id == note.to
            if is_meant or each is seat:
                each.outbox.put_event(noted)
        seat.outbox.put_event(codec.encode(m.Ack(id=note.id, verdict=m.Verdict.DONE)))
        return None

    def _note_refusal(self, seat: Seat, note: m.Note) -> m.Refusal | None:
        if seat.peer.role is m.Role.OBSERVER:
            return m.Refusal.ROLE
        return m.Refusal.UNKNOWN_PEER if note.to is not None and note.to not in self._seats else None

    def _tell_staff(self, key: tuple[type[m.Message], str], frame: bytes) -> None:
        for seat in self._seats.values():
            if seat.peer.role is m.Role.STAFF:
                seat.outbox.put_state(key, frame)

    def _pass_to_robot(
        self,
        seat: Seat,
        message: m.StateMessage | m.RequestMessage | m.MediaMessage | m.StageMessage,
        frame: bytes | str,
    ) -> m.Refusal | None:
        peer = seat.peer
        if peer.role is m.Role.OBSERVER and not isinstance(message, _FOR_OBSERVERS):
            return m.Refusal.ROLE
        if self._robot is None:
            return m.Refusal.NO_ROBOT
        envelope = codec.encode(m.FromPeer(peer=peer.id, role=peer.role, seq=self._take_seq(), body=msgspec.Raw(frame)))
        if isinstance(message, m.StateMessage):
            put = self._robot.put_state((peer.id, type(message)), envelope)
        elif isinstance(message, m.Stop):
            put = self._robot.put_urgent((peer.id, message.id), envelope, sender=peer.id)
        else:
            put = self._robot.put_event(envelope, sender=peer.id)
        return _REFUSAL_OF[put]

    def _deliver(self, envelope: m.ToPeer, said: m.ToPerson, body: bytes) -> None:
        if envelope.to is not None:
            seat = self._seats.get(envelope.to)
            if seat is not None:
                seat.put(envelope.lane, said, body)
            return
        if isinstance(said, m.Readiness):
            self._fitness.readiness = body
            self._tell_staff((m.Readiness, ""), body)
            return
        if isinstance(said, m.Status):
            self._status = body
        elif isinstance(said, m.Event):
            self._history.append(codec.encode(said))  # without any padding: 200 of them must fit an outbox
            self._witness.saw_event(self.robot, said)
        for seat in self._seats.values():
            seat.put(envelope.lane, said, body)

    # What the bridge says by itself

    def _welcome(self, peer: m.Peer | None, *, now_unix_ms: int) -> m.Welcome:
        return m.Welcome(
            version=m.PROTOCOL_VERSION,
            robot=self.robot,
            you=peer,
            ice_servers=self._ice_servers(peer.id if peer is not None else self.robot, now_unix_ms=now_unix_ms),
            profile=self._profile,
            server_unix_ms=now_unix_ms,
        )

    def _roster(self, peers: tuple[m.Peer, ...]) -> m.Roster:
        return m.Roster(
            robot_online=self.robot_online,
            profile=self._profile,
            peers=tuple(peer for peer in peers if peer.id not in self._dismissed),
            dismissed=tuple(self._dismissed),
            seq=self._next_seq,
        )

    def _tell_roster(self) -> None:
        frame = codec.encode(self._roster(self.peers))
        self._take_seq()
        for seat in self._seats.values():
            seat.outbox.put_event(frame)
        if self._robot is not None:
            self._robot.put_event(frame)

    def _take_seq(self) -> int:
        self._next_seq += 1
        return self._next_seq - 1

    def _tell_event(self, kind: m.EventKind, *, peer: m.Peer | None = None, detail: str = "", now_unix_ms: int) -> None:
        event = m.Event(
            source=EVENT_SOURCE,
            seq=self._next_event_seq,
            at_unix_ms=now_unix_ms,
            kind=kind,
            by=peer.id if peer is not None else None,
            name=peer.name if peer is not None else None,
            role=peer.role if peer is not None else None,
            detail=detail,
        )
        self._next_event_seq += 1
        frame = codec.encode(event)
        self._history.append(frame)
        for seat in self._seats.values():
            seat.outbox.put_event(frame)
        self._witness.saw_event(self.robot, event)

    def _stand_up(self, seat: Seat) -> None:
        """Take back the wishes of a hand that is gone."""
        if self._robot is not None:
            self._robot.drop_states(seat.state_keys)

    def _strike_person(self, seat: Seat, frame: bytes | str) -> None:
        seat.strikes += 1
        if seat.strikes >= MAX_STRIKES:
            seat.outbox.end(m.CloseCode.REFUSED_TOO_OFTEN, f"{MAX_STRIKES} malformed frames")
            return
        request_id = id_in(frame)
        if request_id is not None:
            seat.refuse(request_id, m.Refusal.MALFORMED)


_REFUSAL_OF: Final = {Put.TAKEN: None, Put.CROWDED: m.Refusal.OVERLOADED, Put.ENDED: m.Refusal.NO_ROBOT}
