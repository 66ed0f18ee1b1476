"""Frames between agent and motion process: whole, bounded, never waiting, never fatal."""

from collections.abc import Iterator

import pytest

from robot_agent.config import MotionConfig, MotionSettings
from robot_agent.motion import ipc
from teleop_core.wire import messages as m

Agent = ipc.Channel[ipc.FromMotion, ipc.FromAgent]
Motion = ipc.Channel[ipc.FromAgent, ipc.FromMotion]


@pytest.fixture
def ends() -> Iterator[tuple[Agent, Motion]]:
    ours, theirs = ipc.socket_pair()
    agent, motion = ipc.agent_end(ours), ipc.motion_end(theirs)
    yield agent, motion
    agent.close()
    motion.close()


def stop_of(peer: str) -> ipc.FromPeer:
    return ipc.FromPeer(peer, m.Role.OBSERVER, m.Road.BRIDGE, b'{"type":"stop","id":"1"}')


def fill(agent: Agent) -> int:
    """Send what may be lost until there is no room, and return how much went."""
    sent = 0
    while agent.send(ipc.FromPeer("p", m.Role.PRESENTER, m.Road.DIRECT, b"x" * 1000)):
        sent += 1
    return sent


def drain(motion: Motion) -> list[ipc.FromAgent]:
    frames: list[ipc.FromAgent] = []
    while (frame := motion.receive()) is not None:
        frames.append(frame)
    return frames


@pytest.mark.parametrize(
    "frame",
    [
        ipc.Configure(MotionConfig(robot="r", state_dir="/s", driver={"kind": "sim"}, motion=MotionSettings())),
        ipc.Heartbeat(bridge_up=False),
        ipc.FromPeer("p", m.Role.STAFF, m.Road.DIRECT, b"\x00anything\xff"),
        ipc.Present((m.Peer(id="p", role=m.Role.STAFF, name="Lin"),)),
        ipc.Captured(2**32 - 1, 2**60),
        ipc.LocalStop("the button"),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_what_the_agent_sends_arrives_as_it_was(ends: tuple[Agent, Motion], frame: ipc.FromAgent) -> None:
    agent, motion = ends

    assert agent.send(frame)

    assert motion.receive() == frame
    assert motion.receive() is None
    assert motion.is_open


@pytest.mark.parametrize(
    "frame",
    [
        ipc.Ready("epoch", None),
        ipc.Ready("epoch", m.RobotProfile(model="x", max_speed_mps=1, max_turn_radps=1, holonomic=True)),
        ipc.ToPeer(None, m.Lane.STATE, b"{}"),
        ipc.ToPeer("p", m.Lane.EVENT, b"{}"),
        ipc.Unfit("no such driver"),
    ],
    ids=repr,
)
def test_what_the_motion_process_sends_arrives_as_it_was(ends: tuple[Agent, Motion], frame: ipc.FromMotion) -> None:
    agent, motion = ends

    assert motion.send(frame)

    assert agent.receive() == frame


def test_nobody_waits_for_a_reader_and_what_may_be_lost_is_lost(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends

    sent = fill(agent)

    assert 0 < sent < 2000
    assert agent.dropped == 1
    assert len(drain(motion)) == sent


def test_a_lossless_frame_waits_until_there_is_room(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    fill(agent)

    assert agent.send(stop_of("late"), lossless=True)
    drain(motion)
    agent.flush()

    assert drain(motion) == [stop_of("late")]


def test_lossless_frames_keep_their_order_and_a_stop_overtakes_them(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    fill(agent)

    for peer in "abc":
        agent.send(stop_of(peer), lossless=True)
    agent.send(stop_of("stop"), lossless=True, ahead=True)
    drain(motion)
    agent.send(stop_of("d"), lossless=True)
    agent.flush()

    assert [frame.peer for frame in drain(motion) if isinstance(frame, ipc.FromPeer)] == ["stop", "a", "b", "c", "d"]


def test_a_stop_is_kept_even_when_nothing_else_is(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    fill(agent)
    for number in range(ipc.MAX_WAITING):
        assert agent.send(stop_of(f"n{number}"), lossless=True)

    assert not agent.send(stop_of("too-many"), lossless=True)
    assert agent.send(stop_of("stop"), lossless=True, ahead=True)

    drain(motion)
    agent.flush()
    waited = drain(motion)
    assert waited[0] == stop_of("stop")
    assert stop_of("too-many") not in waited


@pytest.mark.parametrize(
    "junk",
    [b"\xc1", b"\x93\x01\x02\x03", b"\x91\xa6Nobody", b"x" * (ipc.MAX_IPC_BYTES + 1), b"\x91" * 3000],
    ids=["no-msgpack", "no-tag", "no-such-frame", "oversize", "deep"],
)
def test_what_is_no_frame_is_counted_and_passed_over(ends: tuple[Agent, Motion], junk: bytes) -> None:
    agent, motion = ends
    agent._socket.send(junk)
    agent.send(ipc.Heartbeat(bridge_up=True))

    assert motion.receive() == ipc.Heartbeat(bridge_up=True)
    assert motion.refused == 1
    assert motion.is_open


def test_a_frame_beyond_the_limit_is_not_sent(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends

    assert not agent.send(ipc.FromPeer("p", m.Role.STAFF, m.Road.DIRECT, b"x" * ipc.MAX_IPC_BYTES), lossless=True)

    assert agent.refused == 1
    assert motion.receive() is None


def test_what_was_said_before_the_end_is_still_heard(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    agent.send(ipc.LocalStop("bye"))
    agent.end()

    assert motion.receive() == ipc.LocalStop("bye")
    assert motion.receive() is None
    assert not motion.is_open
    assert motion.send(ipc.Ready("e", None))
    assert agent.receive() == ipc.Ready("e", None)


def test_the_last_words_of_a_side_that_went_without_listening_are_heard(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    agent.send(ipc.Heartbeat(bridge_up=True))
    motion.send(ipc.Unfit("no such driver"))
    motion.close()

    assert agent.receive() == ipc.Unfit("no such driver")
    assert agent.receive() is None
    assert not agent.is_open


def test_sending_to_nobody_is_no_error(ends: tuple[Agent, Motion]) -> None:
    agent, motion = ends
    motion.close()

    assert not agent.send(ipc.Heartbeat(bridge_up=True))
    assert agent.receive() is None
    assert not agent.is_open
    assert not agent.send(ipc.LocalStop("x"), lossless=True)
