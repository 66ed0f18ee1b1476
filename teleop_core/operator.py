"""A person's side of the game: what the hand wishes goes in, messages come out. The page has a twin in TypeScript.

Used by the scripted presenter and by the tests of the core. It repeats what must not be lost (STOP every 20 ms,
requests every 500 ms) until it is acknowledged, renews the lease, and never moves the robot after a reconnect.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from teleop_core.errors import WireError
from teleop_core.geometry import STILL, Twist
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode

NEUTRALS_ON_LETTING_GO: Final = 3
EPOCHS_KEPT: Final = 8
EPOCH_SILENCE_NS: Final = ms(1500)  # a robot that is there says its status once a second, and telemetry more often
EVENTS_KEPT: Final = 1000
ANSWERS_KEPT: Final = 1000
_NEVER: Final = -(10**18)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorTiming:
    """How often a person's side speaks, in nanoseconds."""

    drive_ns: int = ms(20)  # while the dead-man is held
    idle_ns: int = ms(100)  # neutral, while holding the lease with the hand off
    renew_ns: int = ms(500)
    watch_ns: int = ms(300)  # by staff who look at the robot
    stop_ns: int = ms(20)
    request_ns: int = ms(500)


@dataclass(slots=True)
class _Pending:
    body: bytes
    every_ns: int
    sent_ns: int


class OperatorSession:
    """One person with one robot: what is known, what is wished, and what is still unanswered."""

    def __init__(
        self, *, token: str, client_id: str, name: str | None = None, timing: OperatorTiming | None = None
    ) -> None:
        self._token = token
        self._client_id = client_id
        self._name = name
        self._timing = timing or OperatorTiming()
        self._welcome: m.Welcome | None = None
        self._roster: m.Roster | None = None
        self._telemetry: m.Telemetry | None = None
        self._status: m.Status | None = None
        self._uplinks: m.Uplinks | None = None
        self._epoch: str | None = None
        self._over: deque[str] = deque(maxlen=EPOCHS_KEPT)
        self._heard_ns = _NEVER  # of the present epoch
        self._events: deque[m.Event] = deque(maxlen=EVENTS_KEPT)
        self._event_seqs: dict[str, int] = {}
        self._answers: dict[str, m.Ack | m.StopAck] = {}
        self._pending: dict[str, _Pending] = {}
        self._unanswered_stop: str | None = None
        self._requests = 0
        self._seq = 0
        self._twist = STILL
        self._dead_man = False
        self._toward: m.Goal | None = None
        self._neutrals_due = 0
        self._picture: int | None = None
        self._drove_ns = _NEVER
        self._renewed_ns = _NEVER
        self._watched_ns = _NEVER
        self._looks = True
        self._outgoing: list[bytes] = []

    # --- What is ---

    @property
    def me(self) -> m.Peer | None:
        """Who the bridge says this person is, None before the welcome."""
        return None if self._welcome is None else self._welcome.you

    @property
    def welcome(self) -> m.Welcome | None:
        """The bridge's first frame."""
        return self._welcome

    @property
    def roster(self) -> m.Roster | None:
        """Who is in the room."""
        return self._roster

    @property
    def telemetry(self) -> m.Telemetry | None:
        """The newest telemetry."""
        return self._telemetry

    @property
    def status(self) -> m.Status | None:
        """The newest status."""
        return self._status

    @property
    def uplinks(self) -> m.Uplinks | None:
        """How the robot's uplinks are, None for one that never told of several."""
        return self._uplinks

    @property
    def events(self) -> tuple[m.Event, ...]:
        """The latest events heard, in order of arrival, each once."""
        return tuple(self._events)

    @property
    def holds_lease(self) -> bool:
        """Whether the robot's newest word says that this person drives."""
        return self.me is not None and self._telemetry is not None and self._telemetry.driver == self.me.id

    def answer(self, request_id: str) -> m.Ack | m.StopAck | None:
        """Return how a request ended, None while it is unanswered."""
        return self._answers.get(request_id)

    def messages_to_send(self) -> list[bytes]:
        """Return what has to be sent, on every road there is, since the last call."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    # --- What comes in ---

    def hello(self) -> bytes:
        """Return the first frame of a connection to the bridge."""
        return encode(
            m.Hello(version=m.PROTOCOL_VERSION, token=self._token, client_id=self._client_id, name=self._name)
        )

    def receive(self, body: bytes | str, *, now_ns: int) -> m.ToPerson | None:
        """Take in a frame from any road; return what it says, None when it is a copy, old, or not a message."""
        try:
            message = decode_to_person(body)
        except WireError:
            return None
        return message if self._learn(message, now_ns=now_ns) else None

    def picture_shown(self, rtp_time: int) -> None:
        """Note which picture is on the screen."""
        self._picture = rtp_time

    # --- What the person does ---

    def look(self, *, looks: bool) -> None:
        """Look at the robot, or away from it: staff who look answer its beacons."""
        self._looks = looks

    def drive(self, twist: Twist, *, dead_man: bool, toward: m.Goal | None = None) -> None:
        """Note what the hand wishes; `tick` sends it. With `toward` the robot steers itself, as fast as `twist`."""
        if self._dead_man and not dead_man:
            self._neutrals_due = NEUTRALS_ON_LETTING_GO
        self._twist = twist
        self._toward = toward
        self._dead_man = dead_man

    def let_go(self) -> None:
        """Take the hand off."""
        self.drive(STILL, dead_man=False)

    def stop(self, *, now_ns: int, reason: str = "") -> str:
        """Stop the robot; repeated until acknowledged. Return the id to ask `answer` for.

        A STOP that is unanswered goes on as it is: pressing again sends it again at once, and makes no second one.
        """
        self.let_go()
        if self._unanswered_stop is not None and self._unanswered_stop in self._pending:
            pending = self._pending[self._unanswered_stop]
            pending.sent_ns = now_ns
            self._outgoing.append(pending.body)
            return self._unanswered_stop
        self._unanswered_stop = request_id = self._next_id()
        body = encode(m.Stop(id=request_id, reason=reason))
        return self._send_until_answered(request_id, body, every_ns=self._timing.stop_ns, now_ns=now_ns)

    def request(self, message: m.RequestMessage, *, now_ns: int) -> str:
        """Send a request, built with `new_id()`; repeated until acknowledged. Return its id."""
        return self._send_until_answered(message.id, encode(message), every_ns=self._timing.request_ns, now_ns=now_ns)

    def new_id(self) -> str:
        """Return an id for a request, unused in this tab."""
        return self._next_id()

    # --- Time passes ---

    def tick(self, *, now_ns: int) -> None:
        """Send what is due: the hand's wish, the lease's renewal, what is still unanswered."""
        for pending in self._pending.values():
            if now_ns - pending.sent_ns >= pending.every_ns:
                pending.sent_ns = now_ns
                self._outgoing.append(pending.body)
        known = self._telemetry
        if known is None:
            return
        if self._watches and now_ns - self._watched_ns >= self._timing.watch_ns:
            self._watched_ns = now_ns
            self._outgoing.append(encode(m.Watch(epoch=known.epoch, beacon=known.tick)))
        if not self.holds_lease:
            return
        if now_ns - self._renewed_ns >= self._timing.renew_ns:
            self._renewed_ns = now_ns
            self._outgoing.append(encode(m.LeaseRenew(epoch=known.epoch, fence=known.fence, seq=self._next_seq())))
        every_ns = self._timing.drive_ns if self._dead_man or self._neutrals_due else self._timing.idle_ns
        if now_ns - self._drove_ns >= every_ns:
            self._drove_ns = now_ns
            self._neutrals_due = max(0, self._neutrals_due - 1)
            self._outgoing.append(self._command(known))

    # --- Inside ---

    def _learn(self, message: m.ToPerson, *, now_ns: int) -> bool:  # noqa: C901, PLR0912 - one table: a case a message
        match message:
            case m.Welcome():
                self._welcome = message
            case m.Roster():
                self._roster = message
            case m.Telemetry():
                known = self._telemetry
                if self._is_over(message.epoch, now_ns=now_ns) or (
                    known is not None and message.epoch == known.epoch and message.tick <= known.tick
                ):
                    return False
                self._telemetry = message
            case m.Status():
                shown = self._status
                if self._is_over(message.epoch, now_ns=now_ns) or (
                    shown is not None and message.epoch == shown.epoch and message.seq <= shown.seq
                ):
                    return False
                self._status = message
            case m.Uplinks():
                if self._uplinks is not None and message.at_unix_ms < self._uplinks.at_unix_ms:
                    return False
                self._uplinks = message
            case m.Event():
                if message.seq <= self._event_seqs.get(message.source, -1):
                    return False
                self._event_seqs[message.source] = message.seq
                self._events.append(message)
            case m.Ack() | m.StopAck():
                if self._leaves_stop_unanswered(message) or message.id in self._answers:
                    return False
                self._answers[message.id] = message
                if len(self._answers) > ANSWERS_KEPT:
                    del self._answers[next(iter(self._answers))]
                self._pending.pop(message.id, None)
            case _:
                pass
        return True

    def _leaves_stop_unanswered(self, message: m.Ack | m.StopAck) -> bool:
        """Return whether a STOP goes on: the only refusal that ends one is that the robot does not hear its sender."""
        is_refusal = isinstance(message, m.Ack) and message.refusal is not m.Refusal.MUTED
        return is_refusal and message.id == self._unanswered_stop

    def _is_over(self, epoch: str, *, now_ns: int) -> bool:
        """Return whether `epoch` ended; a new one ends the present one, and takes the hand off.

        Epochs have no order. Should the last word of an ended one come late, and be the first heard of it, it looks
        new; so an epoch that was taken for ended is believed again when the present one has fallen silent.
        """
        if epoch in self._over:
            if now_ns - self._heard_ns < EPOCH_SILENCE_NS:
                return True
            self._over.remove(epoch)
        if epoch != self._epoch:
            if self._epoch is not None:
                self._over.append(self._epoch)
                self.let_go()
            self._epoch = epoch
        self._heard_ns = now_ns
        return False

    def _next_id(self) -> str:
        self._requests += 1
        return f"{self._client_id}-{self._requests}"

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _send_until_answered(self, request_id: str, body: bytes, *, every_ns: int, now_ns: int) -> str:
        self._pending[request_id] = _Pending(body, every_ns, now_ns)
        self._outgoing.append(body)
        return request_id

    @property
    def _watches(self) -> bool:
        me = self.me
        return self._looks and me is not None and me.role is m.Role.STAFF

    def _command(self, known: m.Telemetry) -> bytes:
        twist = self._twist if self._dead_man else STILL
        return encode(
            m.Drive(
                epoch=known.epoch,
                fence=known.fence,
                seq=self._next_seq(),
                dead_man=self._dead_man,
                vx_mps=twist.vx_mps,
                vy_mps=twist.vy_mps,
                wz_radps=twist.wz_radps,
                beacon=known.tick,
                picture=self._picture,
                toward=self._toward if self._dead_man else None,
            )
        )
