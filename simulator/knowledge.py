"""What one person knows of the room and the robot, by the newest words that reached them over any road."""

from teleop_core.operator import OperatorSession
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, RobotState, StopCause


class Knowledge:
    """Reads an `OperatorSession`; what nobody has said yet is None or empty."""

    def __init__(self, session: OperatorSession) -> None:
        self.session = session

    @property
    def id(self) -> str:
        """This person's id in the room."""
        me = self.session.me
        return "" if me is None else me.id

    @property
    def state(self) -> RobotState | None:
        """The robot's state, by its newest telemetry."""
        known = self.session.telemetry
        return None if known is None else known.state

    @property
    def limit(self) -> Limit | None:
        """What limits the robot's motion, by its newest telemetry."""
        known = self.session.telemetry
        return None if known is None else known.limit

    @property
    def epoch(self) -> str | None:
        """Which life of the robot its newest telemetry is from."""
        known = self.session.telemetry
        return None if known is None else known.epoch

    @property
    def latched_by(self) -> StopCause | None:
        """What latched the STOP, by the robot's newest status."""
        status = self.session.status
        return None if status is None or status.latch is None else status.latch.cause

    @property
    def driver(self) -> str | None:
        """Who has the lease, by the robot's newest telemetry."""
        known = self.session.telemetry
        return None if known is None else known.driver

    @property
    def requests(self) -> tuple[str, ...]:
        """Who asks for the lease, by the robot's newest status."""
        status = self.session.status
        return () if status is None else status.requests

    @property
    def is_offered(self) -> bool:
        """Whether the lease is on offer to this person."""
        status = self.session.status
        return status is not None and status.offer is not None and status.offer.to == self.id

    @property
    def refused(self) -> dict[str, int]:
        """How many frames the robot refused, by reason, by its newest status."""
        status = self.session.status
        return {} if status is None else dict(status.refused)

    @property
    def holds_lease(self) -> bool:
        """Whether this person drives, by the robot's newest word."""
        return self.session.holds_lease

    def events(self, kind: m.EventKind) -> list[m.Event]:
        """Return what the event list shows of this kind."""
        return [event for event in self.session.events if event.kind is kind]
