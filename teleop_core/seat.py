"""A person's place in a room."""

from dataclasses import dataclass, field

from teleop_core.outbox import Outbox, Put
from teleop_core.wire import codec
from teleop_core.wire import messages as m


@dataclass(slots=True)
class Seat:
    """A person's place: who they are, and what waits for them."""

    peer: m.Peer
    outbox: Outbox
    strikes: int = 0
    last_stop: str | None = None
    state_keys: tuple[tuple[str, type], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.state_keys = tuple((self.peer.id, kind) for kind in (m.Drive, m.LeaseRenew, m.Watch))

    def put(self, lane: m.Lane, said: m.ToPerson, body: bytes) -> None:
        """Queue what the robot said, `body`, on its lane; the acknowledgement of a STOP goes ahead."""
        if isinstance(said, m.StopAck) and self.outbox.put_urgent((m.StopAck, said.id), body) is not Put.CROWDED:
            return
        if lane is m.Lane.STATE:
            self.outbox.put_state(type(said), body)
        else:
            self.outbox.put_event(body)

    def refuse(self, request_id: str, refusal: m.Refusal) -> None:
        """Answer a request with the bridge's own refusal."""
        self.outbox.put_event(codec.encode(m.Ack(id=request_id, verdict=m.Verdict.REFUSED, refusal=refusal)))
