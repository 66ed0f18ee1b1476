"""What stands between a motion loop and its session, and between it and its agent, so that the judges hear it all."""

import socket
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import msgspec

from prove.referee import Referee
from prove.shells.judge import Judge
from robot_agent.motion import ipc
from teleop_core.announcer import Outgoing
from teleop_core.errors import WireFault
from teleop_core.ports import DriverState
from teleop_core.session import RobotSession, Setpoint
from teleop_core.wire import messages as m

STEADY: Final = (b'{"type":"drive"', b'{"type":"lease_renew"', b'{"type":"watch"')  # not worth a line each


class Watched:
    """A `RobotSession` whose every step the referee and the judge see; what they do not judge goes straight through."""

    def __init__(self, session: RobotSession, referee: Referee, judge: Judge) -> None:
        self._session = session
        self._referee = referee
        self._judge = judge

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the session has
        return getattr(self._session, name)

    def agent_heard(self, *, bridge_up: bool, now_ns: int) -> None:
        """Note a heartbeat of the agent."""
        self._session.agent_heard(bridge_up=bridge_up, now_ns=now_ns)
        self._referee.agent_heard(bridge_up=bridge_up, now_ns=now_ns)
        self._referee.look(now_ns=now_ns)
        self._judge.link.heartbeat_heard(bridge_up=bridge_up)

    def receive(
        self, body: bytes, *, peer: str, role: m.Role, road: m.Road, now_ns: int
    ) -> m.Refusal | WireFault | None:
        """Take in what a person sent."""
        self._judge.robot_hears(body, peer=peer, road=road)
        sent_ns = self._judge.sent_ns.get(body)
        refusal = self._referee.receive(body, peer=peer, role=role, road=road, now_ns=now_ns, sent_ns=sent_ns)
        if not body.startswith(STEADY):
            word = "ok" if refusal is None else refusal.value
            self._judge.tell(f"hears {peer} by {road.value}: {body.decode(errors='replace')} -> {word}")
        return refusal

    def peers_changed(self, peers: Sequence[m.Peer], *, now_ns: int, dismissed: Collection[str] = ()) -> None:
        """Note who is in the room."""
        self._session.peers_changed(peers, now_ns=now_ns, dismissed=dismissed)
        self._referee.peers_are({each.id: each.role for each in peers})
        self._referee.look(now_ns=now_ns)
        self._judge.roster_heard(dismissed, holder=self._session.holder)

    def picture_captured(self, rtp_time: int, captured_ns: int) -> None:
        """Note when a picture was captured."""
        self._session.picture_captured(rtp_time, captured_ns)
        self._referee.picture_captured(rtp_time, captured_ns)

    def robot_reported(self, state: DriverState, *, now_ns: int) -> None:
        """Take in what the robot says of itself."""
        self._session.robot_reported(state, now_ns=now_ns)
        silence_ns = self._referee.timing.robot_silence_ns
        is_silent = state.stamp_ns is None or now_ns - state.stamp_ns >= silence_ns
        faulty = bool(state.faults) or bool(state.stop_input) or is_silent
        self._referee.robot_reported(faulty=faulty, pose=state.pose)

    def stop(self, cause: m.StopCause, *, detail: str, now_ns: int, level: m.StopLevel = m.StopLevel.SETTLE) -> None:
        """Latch."""
        self._session.stop(cause, detail=detail, level=level, now_ns=now_ns)
        self._referee.look(now_ns=now_ns)
        if level is not m.StopLevel.SETTLE:
            self._referee.cut_on_site(on=True)
        self._judge.tell(f"the robot latches: {cause.value}, {detail}")

    def release(self) -> None:
        """Take back what is above SETTLE."""
        self._session.release()
        if self._session.is_latched:
            self._referee.cut_on_site(on=False)

    def tick(self, *, now_ns: int) -> Setpoint:
        """Return the setpoint for this instant."""
        setpoint = self._session.tick(now_ns=now_ns)
        self._referee.ticked(setpoint, now_ns=now_ns)
        self._judge.robot_ticked(setpoint)
        return setpoint

    def messages_to_send(self) -> list[Outgoing]:
        """Return what has to be sent."""
        outgoing = self._session.messages_to_send()
        self._referee.read(outgoing, now_ns=self._judge.now_ns)
        return outgoing


class Overheard(ipc.Channel[ipc.FromAgent, ipc.FromMotion]):
    """The motion process's end of the channel; `on_frame` hears each frame before it leaves."""

    def __init__(self, end: socket.socket, *, on_frame: Callable[[ipc.FromMotion], None]) -> None:
        super().__init__(end, msgspec.msgpack.Decoder(ipc.FromAgent))
        self._on_frame = on_frame

    def send(self, frame: ipc.FromMotion, *, lossless: bool = False, ahead: bool = False) -> bool:
        """Send it, as the channel does."""
        self._on_frame(frame)
        return super().send(frame, lossless=lossless, ahead=ahead)
