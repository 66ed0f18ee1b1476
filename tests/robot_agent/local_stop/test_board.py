"""What the STOP page shows is what the motion process said last, and how long ago."""

from dataclasses import dataclass

import msgspec

from robot_agent.local_stop.board import Board
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from tests import robot_words

FORWARD = m.WireTwist(vx_mps=0.3, vy_mps=0.4, wz_radps=0.0)
LIN = m.Peer(id="i.1", role=m.Role.PRESENTER, name="Lin Yue")


@dataclass
class Clock:
    now_ns: int = 0

    def __call__(self) -> int:
        return self.now_ns


def status(
    state: m.RobotState = m.RobotState.DRIVING, latch: m.Latch | None = None, driver: str | None = "i.1"
) -> bytes:
    return encode(robot_words.status(state=state, latch=latch, driver=driver))


def telemetry(state: m.RobotState = m.RobotState.DRIVING, epoch: str = "e1") -> bytes:
    return encode(
        robot_words.telemetry(
            epoch=epoch,
            state=state,
            limit=m.Limit.NONE,
            driver="i.1",
            asked=FORWARD,
            applied=FORWARD,
            allowed_mps=0.6,
        )
    )


def profile(*stop_levels: m.StopLevel) -> m.RobotProfile:
    return m.RobotProfile(model="it", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False, stop_levels=stop_levels)


def test_before_the_robot_said_anything_nothing_is_known() -> None:
    hall = Board().hall(bridge_up=False)

    assert hall.state is m.RobotState.BOOT
    assert hall.age_ms is None
    assert hall.driver is None


def test_who_drives_is_named_also_when_the_bridge_is_gone() -> None:
    board = Board()
    board.hear_roster((LIN,))
    board.hear_status(status())
    board.hear_telemetry(telemetry())

    hall = board.hall(bridge_up=False)

    assert (hall.state, hall.driver, hall.speed_mps) == (m.RobotState.DRIVING, "Lin Yue", 0.5)


def test_somebody_unknown_is_shown_by_the_id() -> None:
    board = Board()
    board.hear_status(status())

    assert board.hall(bridge_up=True).driver == "i.1"


def test_the_age_counts_from_the_last_word_of_the_motion_process() -> None:
    clock = Clock(ms(1000))
    board = Board(clock=clock)
    board.hear_telemetry(telemetry())
    clock.now_ns = ms(1750)

    assert board.hall(bridge_up=True).age_ms == 750


def test_what_the_agent_says_for_a_dead_motion_process_makes_nothing_younger() -> None:
    clock = Clock()
    board = Board(clock=clock)
    board.hear_telemetry(telemetry())
    clock.now_ns = ms(400)
    died = m.Latch(cause=m.StopCause.MOTION_DIED, by=None, role=None, at_unix_ms=1)

    board.motion_died(status(m.RobotState.STOPPED, died, driver=None))
    hall = board.hall(bridge_up=True)

    assert (hall.state, hall.age_ms, hall.speed_mps) == (m.RobotState.STOPPED, 400, 0.0)
    assert hall.latch == died


def test_telemetry_from_before_a_restart_does_not_count() -> None:
    board = Board()
    board.hear_telemetry(telemetry(epoch="e0"))
    board.hear_status(status(m.RobotState.STOPPED))

    assert board.hall(bridge_up=True).state is m.RobotState.STOPPED


def test_who_stopped_it_is_named() -> None:
    board = Board()
    board.hear_roster((LIN,))
    latch = m.Latch(cause=m.StopCause.PERSON, by="i.1", role=m.Role.PRESENTER, at_unix_ms=1)
    board.hear_status(status(m.RobotState.STOPPED, latch))

    hall = board.hall(bridge_up=True)

    assert hall.stopped_by == "Lin Yue"
    assert hall.driver is None


def test_words_that_are_none_are_left_out() -> None:
    board = Board()
    board.hear_status(b"{")
    board.hear_telemetry(status())

    assert board.hall(bridge_up=True).state is m.RobotState.BOOT


def test_the_stops_above_an_ordinary_one_are_those_of_the_robot_mildest_first() -> None:
    board = Board()
    assert board.hall(bridge_up=True).levels == ()

    board.hear_profile(profile(m.StopLevel.CUT, m.StopLevel.SETTLE, m.StopLevel.DAMP))
    assert board.hall(bridge_up=True).levels == (m.StopLevel.DAMP, m.StopLevel.CUT)

    board.hear_profile(profile(m.StopLevel.SETTLE))
    assert board.hall(bridge_up=True).levels == ()


def test_it_knows_who_drives_and_who_is_muted() -> None:
    board = Board(clock=Clock())
    assert (board.driver, board.muted) == (None, frozenset())

    said = msgspec.structs.replace(decode_to_person(status()), muted=("i.7",))
    board.hear_status(encode(said))

    assert (board.driver, board.muted) == ("i.1", frozenset({"i.7"}))
