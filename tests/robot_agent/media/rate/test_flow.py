"""One viewer's road: what leaves, when it is out, when it begins anew."""

import pytest

from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.pacer import Kind, Outgoing
from robot_agent.media.rate.twcc import Feedback
from teleop_core.timebase import ms, seconds

SIZE = 1_270
WAY_NS = ms(20)


class Sender:
    """A flow, a clock, and a receiver that says what the test wants it to."""

    def __init__(self, *, start_bps: float = 1_000_000, first_sequence: int = 0) -> None:
        self.flow = Flow(start_bps=start_bps, ceiling_bps=2_500_000)
        self.now_ns = seconds(1)
        self.gone: list[Outgoing] = []
        self._numbers: list[tuple[int, int]] = []  # told by nobody yet: (number, sent)
        self._sequence = first_sequence

    def picture(self, packets: int = 3, *, is_keyframe: bool = False) -> None:
        sequences = [(self._sequence + index) % 2**16 for index in range(packets)]
        self._sequence += packets
        self.rtp_time = self.now_ns
        self.flow.picture(
            [(each, SIZE) for each in sequences], rtp_time=self.rtp_time, is_keyframe=is_keyframe, now_ns=self.now_ns
        )

    def wait(self, for_ns: int) -> None:
        """Let time pass; what may leave, leaves."""
        end_ns = self.now_ns + for_ns
        while self.now_ns < end_ns:
            due = self.flow.due(now_ns=self.now_ns)
            self.gone += due
            self._numbers += [(number, self.now_ns) for number in self.flow.left(due, now_ns=self.now_ns)]
            next_ns = self.flow.next_ns()
            self.now_ns = end_ns if next_ns is None else min(end_ns, max(next_ns, self.now_ns + ms(1)))

    def hear(self, *, way_ns: int = WAY_NS, lost: frozenset[int] = frozenset(), newest: int = 0) -> None:
        """The receiver reports all that left, but for the numbers `lost` and the `newest` few."""
        told = self._numbers[: len(self._numbers) - newest]
        self._numbers = self._numbers[len(self._numbers) - newest :]
        arrivals = tuple((number, sent_ns + way_ns) for number, sent_ns in told if number not in lost)
        self.flow.feedback(Feedback(base=told[0][0], count=len(told), arrivals=arrivals), now_ns=self.now_ns)

    def talk(self, *, for_ns: int = seconds(1)) -> None:
        """Pictures at 30 Hz and a word of the receiver after every second one."""
        for number in range(for_ns // ms(33)):
            self.picture()
            self.wait(ms(33))
            if number % 2:
                self.hear()

    def kinds(self) -> list[Kind]:
        kinds = [each.kind for each in self.gone]
        self.gone.clear()
        return kinds


@pytest.fixture
def sender() -> Sender:
    return Sender()


def test_packets_leave_in_order_at_four_times_the_target_until_the_road_is_known(sender: Sender) -> None:
    sender.picture(12)
    sender.wait(ms(1))
    assert len(sender.gone) == 2  # a packet, and what a late loop may catch up
    sender.wait(ms(100))

    assert [each.sequence for each in sender.gone] == list(range(12))


def test_on_a_road_that_is_no_brake_a_picture_leaves_in_one_go(sender: Sender) -> None:
    sender.talk(for_ns=seconds(2))
    sender.gone.clear()
    sender.picture(12)
    sender.wait(ms(2))

    assert len(sender.gone) == 12


def test_a_missing_packet_is_repaired_before_what_waits(sender: Sender) -> None:
    sender.talk()
    sender.gone.clear()
    sender.picture(30)
    sender.flow.missing([(5, SIZE), (6, SIZE)], now_ns=sender.now_ns)
    sender.wait(ms(50))

    assert [each.sequence for each in sender.gone[:2]] == [5, 6]
    assert sender.kinds()[:3] == [Kind.REPAIR, Kind.REPAIR, Kind.MEDIA]


def lose_two(sender: Sender) -> None:
    """Talk, and lose two packets of a picture."""
    sender.talk()
    sender.picture()
    sender.wait(ms(70))
    sender.hear(lost=frozenset(number for number, _ in sender._numbers[:2]))
    sender.talk(for_ns=ms(200))
    sender.gone.clear()


def test_where_packets_go_missing_on_a_narrow_road_repairs_go_twice_and_last_packets_have_a_copy(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_two(sender)
    monkeypatch.setattr(sender.flow.rate, "carries", lambda _: False)
    sender.flow.missing([(5, SIZE)], now_ns=sender.now_ns)
    sender.picture()
    sender.wait(ms(30))

    assert sender.kinds() == [Kind.REPAIR] * 2 + [Kind.MEDIA] * 3 + [Kind.COPY]


def test_where_packets_go_missing_on_a_wide_road_all_go_twice(sender: Sender) -> None:
    lose_two(sender)
    sender.flow.missing([(5, SIZE)], now_ns=sender.now_ns)
    sender.picture()
    sender.wait(ms(30))

    assert sender.kinds() == [Kind.REPAIR] * 2 + [Kind.MEDIA] * 3 + [Kind.COPY] * 3


def test_what_feedback_shows_to_be_missing_is_repaired_unasked(sender: Sender) -> None:
    lose_two(sender)
    sender.picture()
    sender.wait(ms(30))
    missed = sender.gone[1]
    number, _ = sender._numbers[1]
    sender.gone.clear()
    sender.hear(lost=frozenset({number}))
    sender.wait(ms(5))

    assert [(each.kind, each.sequence) for each in sender.gone] == [(Kind.REPAIR, missed.sequence)] * 2


def test_a_road_that_says_nothing_is_out_after_half_a_second_and_is_poked_until_it_answers(sender: Sender) -> None:
    sender.talk()
    heard_ns = sender.now_ns
    sender.picture()
    sender.wait(heard_ns + ms(500) - sender.now_ns)
    is_out_early = sender.flow.is_out
    sender.kinds()
    sender.wait(ms(300))

    assert (is_out_early, sender.flow.is_out) == (False, True)
    assert sender.kinds() == [Kind.POKE] * 3
    assert not sender.flow.has_room(now_ns=sender.now_ns)
    sender.picture(is_keyframe=True)
    sender.wait(ms(10))
    assert Kind.MEDIA not in sender.kinds()


def test_it_comes_back_lower_and_with_a_keyframe(sender: Sender) -> None:
    sender.talk()
    before_bps = sender.flow.rate.target_bps
    sender.picture()
    sender.wait(seconds(2))
    sender.hear()

    assert not sender.flow.is_out
    assert sender.flow.keyframe_wanted
    assert sender.flow.rate.target_bps == pytest.approx(0.6 * before_bps)
    sender.kinds()
    sender.picture()
    sender.wait(ms(30))
    assert Kind.MEDIA not in sender.kinds()
    sender.picture(is_keyframe=True)
    sender.picture()
    sender.wait(ms(30))
    assert sender.kinds() == [Kind.MEDIA] * 6
    assert not sender.flow.keyframe_wanted


def test_a_road_that_never_answered_is_not_out_and_reports_move_its_target(sender: Sender) -> None:
    for _ in range(60):
        sender.picture()
        sender.wait(ms(33))
    assert not sender.flow.is_out
    assert sender.flow.has_room(now_ns=sender.now_ns)
    assert sender.flow.rate.target_bps == 1_000_000

    sender.flow.report(0.0, now_ns=sender.now_ns)
    sender.flow.report(0.0, now_ns=sender.now_ns + seconds(1))
    assert sender.flow.rate.target_bps == pytest.approx(1_080_000)
    sender.flow.report(0.5, now_ns=sender.now_ns + seconds(2))
    assert sender.flow.rate.target_bps == pytest.approx(810_000)


def watch(sender: Sender, *, for_ns: int, waits_ms: float = 0.0) -> None:
    """Pictures at 30 Hz, each told of by the page when it came."""
    for number in range(for_ns // ms(33)):
        sender.picture()
        sender.wait(ms(33))
        at_ns = sender.now_ns + WAY_NS + ms(waits_ms * number)
        sender.flow.pictures_came([(sender.rtp_time, at_ns), (1, at_ns)], now_ns=sender.now_ns + ms(5))


def test_where_only_pictures_are_told_of_the_target_rises_while_they_come_promptly(sender: Sender) -> None:
    watch(sender, for_ns=seconds(3))

    assert sender.flow.rate.target_bps > 1_200_000
    assert not sender.flow.is_out


def test_where_only_pictures_are_told_of_the_target_falls_while_they_wait_longer_and_longer(sender: Sender) -> None:
    watch(sender, for_ns=seconds(1))
    watch(sender, for_ns=seconds(1), waits_ms=8)

    assert sender.flow.rate.target_bps < 800_000


def test_where_only_pictures_are_told_of_silence_is_no_outage(sender: Sender) -> None:
    watch(sender, for_ns=seconds(1))
    sender.picture()
    sender.wait(seconds(2))

    assert not sender.flow.is_out
    assert sender.flow.has_room(now_ns=sender.now_ns)


def test_pictures_count_for_nothing_where_packets_are_told_of(sender: Sender) -> None:
    sender.talk()
    before_bps = sender.flow.rate.target_bps
    sender.picture()
    sender.wait(ms(33))
    sender.flow.pictures_came([(sender.rtp_time, seconds(99))], now_ns=sender.now_ns)

    assert sender.flow.rate.target_bps == before_bps


def test_where_single_packets_are_reported_receiver_reports_move_nothing(sender: Sender) -> None:
    sender.talk()
    before_bps = sender.flow.rate.target_bps
    sender.flow.report(0.5, now_ns=sender.now_ns)

    assert sender.flow.rate.target_bps == before_bps


def test_a_picture_has_no_room_while_too_much_is_under_way(sender: Sender) -> None:
    sender.talk()
    assert sender.flow.has_room(now_ns=sender.now_ns)
    while sender.flow.has_room(now_ns=sender.now_ns):
        sender.picture(8)
        sender.wait(ms(2))
    under_way = sum(each.size_bytes for each in sender.gone[-40:])

    assert under_way >= 0.8 * sender.flow.rate.window_bytes
    sender.wait(ms(41))
    sender.hear(newest=2)
    assert sender.flow.has_room(now_ns=sender.now_ns)


def test_on_a_road_that_collapsed_what_is_missing_is_given_up_for_a_keyframe() -> None:
    sender = Sender(start_bps=2_500_000)
    sender.talk()
    for _ in range(3):
        sender.picture(9)
        sender.wait(ms(33))
    late = sender._numbers[:4]
    arrivals = tuple((number, sent_ns + WAY_NS + ms(80 + 25 * place)) for place, (number, sent_ns) in enumerate(late))
    sender.flow.feedback(Feedback(base=late[0][0], count=4, arrivals=arrivals), now_ns=sender.now_ns)
    assert sender.flow.rate.target_bps < 600_000

    newest = sender.gone[-1].sequence
    sender.flow.missing([(newest - 12, SIZE)], now_ns=sender.now_ns)
    assert sender.flow.keyframe_wanted
    sender.kinds()
    sender.flow.missing([(newest - 11, SIZE), (newest, SIZE)], now_ns=sender.now_ns)
    sender.wait(ms(20))
    assert sender.kinds() == []


def test_while_there_is_no_picture_the_road_is_asked_now_and_then(sender: Sender) -> None:
    sender.talk()
    sender.kinds()
    sender.wait(seconds(1))

    kinds = sender.kinds()
    assert set(kinds) == {Kind.POKE}
    assert 3 <= len(kinds) <= 7


def test_more_than_the_pace_carries_in_300_ms_is_stuck(sender: Sender) -> None:
    packets = round(4 * 1_000_000 * 0.3 / 8 / SIZE)
    sender.picture(packets)
    assert not sender.flow.is_stuck(now_ns=sender.now_ns)

    sender.picture(1)
    assert sender.flow.is_stuck(now_ns=sender.now_ns)
    sender.wait(ms(10))
    assert not sender.flow.is_stuck(now_ns=sender.now_ns)


def test_what_is_held_for_300_ms_on_a_full_road_is_stuck_but_not_what_a_slow_loop_left_waiting(sender: Sender) -> None:
    sender.talk()
    sender.picture()
    sender.now_ns += ms(301)
    assert not sender.flow.is_stuck(now_ns=sender.now_ns)

    sender.wait(ms(10))
    for _ in range(8):
        sender.picture(12)
        sender.wait(ms(10))
    sender.now_ns += ms(301)
    assert sender.flow.is_stuck(now_ns=sender.now_ns)


def test_transport_numbers_wrap_and_are_found_again() -> None:
    sender = Sender()
    sender.talk(for_ns=seconds(1))
    for _ in range(2**16 // 64):
        for number in range(64):
            packet = Outgoing(kind=Kind.POKE, sequence=number, size_bytes=100, train=None, queued_ns=sender.now_ns)
            [left] = sender.flow.left([packet], now_ns=sender.now_ns)
            sender._numbers.append((left, sender.now_ns))
        sender.now_ns += ms(30)
        sender.hear()
    sender.talk(for_ns=ms(200))

    assert not sender.flow.is_out
    assert sender.flow.has_room(now_ns=sender.now_ns)


def test_feedback_on_what_was_never_sent_is_nothing(sender: Sender) -> None:
    sender.flow.feedback(Feedback(base=7, count=1, arrivals=((7, 5),)), now_ns=sender.now_ns)

    assert sender.flow.next_ns() is None
