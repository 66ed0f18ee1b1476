"""A person's side: says what is due, repeats what must not be lost, never moves the robot by surprise."""

import msgspec
import pytest

from teleop_core.geometry import Twist
from teleop_core.operator import ANSWERS_KEPT, EPOCH_SILENCE_NS, OperatorSession
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person, decode_hello, encode
from teleop_core.wire.messages import EventKind, RobotState, Role, Verdict
from tests.robot_words import telemetry
from tests.teleop_core.game import ANNA, STAFF, Game

STILL = m.WireTwist(vx_mps=0.0, vy_mps=0.0, wz_radps=0.0)
WELCOME = m.Welcome(version=1, robot="stage-1", you=ANNA, ice_servers=(), profile=None, server_unix_ms=0)
TELEMETRY = telemetry(tick=10, state=RobotState.LEASED, limit=m.Limit.NOT_NEUTRAL, fence=3, driver=ANNA.id)


class Tab(OperatorSession):
    """Anna's tab, ticking at 50 Hz."""

    def __init__(self) -> None:
        super().__init__(token="t" * 16, client_id="tab_00000001", name="Anna")
        self.now_ns = seconds(1)

    def hear(self, message: m.ToPerson) -> m.ToPerson | None:
        return self.receive(encode(message), now_ns=self.now_ns)

    def run(self, for_ms: int) -> list[m.FromPerson]:
        said: list[m.FromPerson] = []
        for _ in range(for_ms // 20):
            self.now_ns += ms(20)
            self.tick(now_ns=self.now_ns)
            said += self.said()
        return said

    def said(self) -> list[m.FromPerson]:
        return [decode_from_person(body) for body in self.messages_to_send()]


@pytest.fixture
def tab() -> Tab:
    return Tab()


@pytest.fixture
def driver(tab: Tab) -> Tab:
    tab.hear(WELCOME)
    tab.hear(TELEMETRY)
    assert tab.holds_lease
    return tab


def drives(said: list[m.FromPerson]) -> list[m.Drive]:
    return [each for each in said if isinstance(each, m.Drive)]


def test_the_hello_bears_token_tab_and_name(tab: Tab) -> None:
    assert decode_hello(tab.hello()) == m.Hello(version=1, token="t" * 16, client_id="tab_00000001", name="Anna")


def test_at_first_nothing_is_known_and_nothing_is_said(tab: Tab) -> None:
    assert (tab.me, tab.welcome, tab.roster, tab.telemetry, tab.status, tab.uplinks, tab.events) == (
        None,
        None,
        None,
        None,
        None,
        None,
        (),
    )
    tab.drive(Twist(0.5), dead_man=True)
    assert tab.run(1000) == []
    assert not tab.holds_lease


def test_of_two_words_on_the_uplinks_the_later_one_counts(tab: Tab) -> None:
    older, newer = (m.Uplinks(at_unix_ms=at, uplinks=()) for at in (1000, 1001))

    assert tab.hear(newer) == newer
    assert tab.hear(older) is None
    assert tab.uplinks == newer
    assert tab.hear(newer) == newer


def test_it_learns_what_it_hears(tab: Tab) -> None:
    roster = m.Roster(robot_online=True, profile=None, peers=(ANNA,))
    for message in (WELCOME, roster, TELEMETRY, m.Pong(id="p1"), m.RtcAnswer(id="c1", sdp="v=0")):
        assert tab.hear(message) == message

    assert (tab.me, tab.welcome, tab.roster, tab.telemetry) == (ANNA, WELCOME, roster, TELEMETRY)


@pytest.mark.parametrize("frame", [b"junk", '{"type":"ping","id":"a"}', b"\xff", ""])
def test_what_is_no_message_for_a_person_is_ignored(tab: Tab, frame: bytes | str) -> None:
    assert tab.receive(frame, now_ns=0) is None


def test_telemetry_that_is_a_copy_or_older_is_ignored(driver: Tab) -> None:
    assert driver.hear(TELEMETRY) is None
    assert driver.hear(msgspec.structs.replace(TELEMETRY, tick=9)) is None
    newer = msgspec.structs.replace(TELEMETRY, tick=11)
    assert driver.hear(newer) == newer
    assert driver.telemetry == newer


def test_an_event_is_heard_once_however_it_comes(tab: Tab) -> None:
    first = m.Event(source="e1", seq=1, at_unix_ms=0, kind=EventKind.RESET)
    second = msgspec.structs.replace(first, seq=2)
    elsewhere = msgspec.structs.replace(first, source="bridge")
    for event in (first, second, first, second, elsewhere):
        tab.hear(event)

    assert tab.events == (first, second, elsewhere)


# --- Driving ---


def test_without_the_lease_it_says_nothing_whatever_the_hand_does(driver: Tab) -> None:
    driver.hear(msgspec.structs.replace(TELEMETRY, tick=11, driver="bo"))
    driver.drive(Twist(0.5), dead_man=True)

    assert driver.run(1000) == []


def test_a_held_dead_man_speaks_50_times_a_second_and_renews_twice(driver: Tab) -> None:
    driver.picture_shown(123)
    driver.drive(Twist(0.5, -0.1, 0.2), dead_man=True)
    said = driver.run(1000)

    assert len(drives(said)) == 50
    assert sum(isinstance(each, m.LeaseRenew) for each in said) == 2
    assert len({each.seq for each in said if isinstance(each, m.Drive | m.LeaseRenew)}) == 52
    assert drives(said)[0] == m.Drive(
        epoch="e1",
        fence=3,
        seq=2,
        dead_man=True,
        vx_mps=0.5,
        vy_mps=-0.1,
        wz_radps=0.2,
        beacon=10,
        picture=123,
    )


def test_a_hand_that_is_off_says_so_10_times_a_second(driver: Tab) -> None:
    said = drives(driver.run(1000))

    assert len(said) == 10
    assert {(each.dead_man, each.vx_mps, each.picture) for each in said} == {(False, 0.0, None)}


def test_letting_go_says_neutral_three_times_at_full_rate(driver: Tab) -> None:
    driver.drive(Twist(0.5), dead_man=True)
    driver.run(100)
    driver.let_go()

    assert [(each.dead_man, each.vx_mps) for each in drives(driver.run(60))] == [(False, 0.0)] * 3
    assert len(drives(driver.run(200))) == 2


def test_the_stick_without_the_dead_man_asks_for_nothing(driver: Tab) -> None:
    driver.drive(Twist(0.5), dead_man=False)

    assert {each.vx_mps for each in drives(driver.run(200))} == {0.0}


def test_a_restarted_robot_finds_the_hand_off(driver: Tab) -> None:
    driver.drive(Twist(0.5), dead_man=True)
    driver.hear(msgspec.structs.replace(TELEMETRY, epoch="e2", tick=1))

    assert driver.telemetry is not None
    assert driver.telemetry.epoch == "e2"
    assert not any(each.dead_man for each in drives(driver.run(200)))


# --- Requests and STOP ---


def test_a_request_is_repeated_every_500_ms_until_it_is_answered(tab: Tab) -> None:
    request = m.LeaseRequest(id=tab.new_id())
    assert tab.request(request, now_ns=tab.now_ns) == request.id
    assert tab.said() == [request]
    assert tab.run(480) == []
    assert tab.run(1020) == [request] * 3
    assert tab.answer(request.id) is None

    ack = m.Ack(id=request.id, verdict=Verdict.DONE)
    assert tab.hear(ack) == ack
    assert tab.hear(ack) is None
    assert tab.answer(request.id) == ack
    assert tab.run(2000) == []


def test_an_answer_to_nothing_is_kept_and_harmless(tab: Tab) -> None:
    ack = m.Ack(id="somebody-elses", verdict=Verdict.DONE)

    assert tab.hear(ack) == ack
    assert tab.run(1000) == []


def test_a_stop_needs_no_lease_and_repeats_every_20_ms_until_it_is_answered(tab: Tab) -> None:
    stop_id = tab.stop(now_ns=tab.now_ns, reason="halt")
    stop = m.Stop(id=stop_id, reason="halt")
    assert tab.said() == [stop]
    assert tab.run(200) == [stop] * 10

    tab.hear(m.StopAck(id=stop_id, state=RobotState.STOPPED, speed_mps=0.0))
    assert isinstance(tab.answer(stop_id), m.StopAck)
    assert tab.run(200) == []


def test_a_bridge_without_a_robot_does_not_end_a_stop(tab: Tab) -> None:
    stop_id = tab.stop(now_ns=tab.now_ns)
    tab.said()

    assert tab.hear(m.Ack(id=stop_id, verdict=Verdict.REFUSED, refusal=m.Refusal.NO_ROBOT)) is None

    assert tab.answer(stop_id) is None
    assert len(tab.run(200)) == 10


def test_a_stop_takes_the_hand_off(driver: Tab) -> None:
    driver.drive(Twist(0.5), dead_man=True)
    driver.run(100)
    driver.stop(now_ns=driver.now_ns)

    assert not any(each.dead_man for each in drives(driver.run(500)))


def test_pressing_stop_again_while_unanswered_speaks_at_once_and_piles_nothing_up(tab: Tab) -> None:
    first = tab.stop(now_ns=tab.now_ns)
    for _ in range(100):
        assert tab.stop(now_ns=tab.now_ns) == first
    assert len(tab.said()) == 101
    assert len(tab.run(20)) == 1


def test_pressing_stop_again_after_the_answer_is_a_new_stop(tab: Tab) -> None:
    first = tab.stop(now_ns=tab.now_ns)
    tab.hear(m.StopAck(id=first, state=RobotState.STOPPED, speed_mps=0.0))

    assert tab.stop(now_ns=tab.now_ns) != first


def test_ids_are_never_used_twice(tab: Tab) -> None:
    ids = [tab.new_id() for _ in range(100)] + [tab.stop(now_ns=0)]

    assert len(set(ids)) == 101


def test_the_robot_understands_it_from_boot_to_motion() -> None:
    game, tab = Game().ready(), Tab()
    tab.now_ns = game.now_ns
    tab.hear(WELCOME)
    heard = 0
    tab.request(m.LeaseRequest(id=tab.new_id()), now_ns=tab.now_ns)
    for turn in range(60):
        tab.drive(Twist(0.4), dead_man=turn > 30)
        for body in tab.messages_to_send():
            game.say_raw(ANNA, body)
        game.tick()
        for to, message in game.sent[heard:]:
            if to in {None, ANNA.id}:
                tab.hear(message)
        heard = len(game.sent)
        if game.picture is not None:
            tab.picture_shown(game.picture)
        tab.now_ns = game.now_ns
        tab.tick(now_ns=tab.now_ns)

    assert game.speed_mps == 0.4
    assert tab.status is not None
    assert Role.PRESENTER in {event.role for event in tab.events} or tab.events


def test_telemetry_of_an_epoch_that_is_over_is_not_believed() -> None:
    tab = Tab()
    tab.hear(TELEMETRY)
    tab.hear(msgspec.structs.replace(TELEMETRY, epoch="e2", tick=1))

    assert tab.hear(msgspec.structs.replace(TELEMETRY, tick=900)) is None
    assert tab.telemetry is not None
    assert tab.telemetry.epoch == "e2"


def test_only_the_latest_thousand_answers_are_kept() -> None:
    tab = Tab()
    for number in range(ANSWERS_KEPT + 1):
        tab.hear(m.Ack(id=f"r{number}", verdict=Verdict.DONE))

    assert tab.answer("r0") is None
    assert tab.answer(f"r{ANSWERS_KEPT}") is not None


def test_the_last_word_of_a_dead_epoch_that_comes_late_is_not_believed_for_ever() -> None:
    tab = Tab()
    living = msgspec.structs.replace(TELEMETRY, epoch="e2", tick=1)
    tab.hear(living)
    assert tab.hear(TELEMETRY) is not None, "the first that this tab hears of e1, and so it looks new"

    tab.now_ns += EPOCH_SILENCE_NS - 1
    assert tab.hear(msgspec.structs.replace(living, tick=2)) is None
    tab.now_ns += 1
    assert tab.hear(msgspec.structs.replace(living, tick=3)) is not None
    tab.now_ns += ms(1)
    assert tab.hear(msgspec.structs.replace(TELEMETRY, tick=11)) is None
    assert tab.telemetry is not None
    assert tab.telemetry.epoch == "e2"


# --- Staff watch ---

STAFF_WELCOME = msgspec.structs.replace(WELCOME, you=STAFF)


def watches(said: list[m.FromPerson]) -> list[m.Watch]:
    return [each for each in said if isinstance(each, m.Watch)]


def test_staff_who_look_answer_the_newest_beacon_every_300_ms(tab: Tab) -> None:
    tab.hear(STAFF_WELCOME)
    answered: list[m.Watch] = []
    for tick in range(40):
        tab.hear(msgspec.structs.replace(TELEMETRY, tick=11 + tick))
        answered += watches(tab.run(20))

    assert [each.beacon for each in answered] == [11, 26, 41]
    assert {each.epoch for each in answered} == {"e1"}


def test_staff_who_look_away_answer_nothing(tab: Tab) -> None:
    tab.hear(STAFF_WELCOME)
    tab.hear(TELEMETRY)
    tab.look(looks=False)
    assert watches(tab.run(1000)) == []

    tab.look(looks=True)
    assert len(watches(tab.run(20))) == 1


def test_nobody_else_watches_and_nobody_before_the_first_beacon(driver: Tab) -> None:
    staff = Tab()
    staff.hear(STAFF_WELCOME)

    assert watches(driver.run(1000)) == []
    assert watches(staff.run(1000)) == []


def test_a_stop_of_somebody_muted_ends_when_the_robot_says_so_and_no_sooner(tab: Tab) -> None:
    stop = tab.stop(now_ns=tab.now_ns)
    tab.said()
    tab.hear(m.Ack(id=stop, verdict=Verdict.REFUSED, refusal=m.Refusal.NO_ROBOT))
    assert m.Stop(id=stop) in tab.run(40)

    tab.hear(m.Ack(id=stop, verdict=Verdict.REFUSED, refusal=m.Refusal.MUTED))
    assert tab.run(200) == []
    assert tab.stop(now_ns=tab.now_ns) != stop
