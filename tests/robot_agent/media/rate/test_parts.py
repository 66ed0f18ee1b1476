"""The parts of the rate control, each by itself, at its exact boundaries."""

import pytest

from robot_agent.media.rate.pacer import MAX_WAITING, Kind, Outgoing, Pacer
from robot_agent.media.rate.patience import DOWN_AFTER_NS, LASTED_NS, UP_AFTER_NS, Patience, Turn
from robot_agent.media.rate.queueing import StandingQueue
from robot_agent.media.rate.repairs import Repairs
from robot_agent.media.rate.sent import MAX_PENDING, REORDERING_NS, Outcome, Sent, SentLog
from robot_agent.media.rate.trains import Trains
from teleop_core.timebase import ms, seconds

# What was sent


def sent(log: SentLog, *, count: int, every_ns: int = ms(10), from_ns: int = 0) -> None:
    for index in range(count):
        log.sent(size_bytes=1_000, train=0, now_ns=from_ns + index * every_ns)


def fates(outcomes: list[Outcome]) -> dict[int, int | None]:
    return {each.packet.number: each.arrived_ns for each in outcomes}


def test_what_arrived_is_told_once() -> None:
    log = SentLog()
    sent(log, count=3)

    assert fates(log.arrived([(0, 5), (1, 6)])) == {0: 5, 1: 6}
    assert log.arrived([(0, 5), (1, 6)]) == []


def test_what_was_never_sent_is_nothing() -> None:
    log = SentLog()
    sent(log, count=1)

    assert log.arrived([(7, 5), (-3, 5)]) == []


def test_a_packet_is_lost_only_when_a_much_later_one_came() -> None:
    log = SentLog()
    sent(log, count=8)
    until = REORDERING_NS // ms(10)

    assert fates(log.arrived([(until - 1, 1)], covered=range(until))) == {until - 1: 1}
    assert fates(log.arrived([(until, 2)], covered=[until])) == {until: 2, 0: None}


def test_what_no_word_covered_is_not_lost() -> None:
    log = SentLog()
    sent(log, count=9)

    assert fates(log.arrived([(7, 1)], covered=range(1, 8))) == {7: 1, 1: None}
    assert fates(log.arrived([(8, 2)], covered=[8])) == {8: 2, 2: None}


def test_a_hole_is_told_once_and_only_behind_a_few_that_came() -> None:
    log = SentLog()
    for number in range(6):
        log.sent(size_bytes=1_000, train=0, sequence=100 + number, now_ns=0)

    log.arrived([(3, 1)], covered=range(1, 4))
    assert log.holes(older_ns=0) == []
    log.arrived([(4, 1)], covered=[4])
    assert log.holes(older_ns=1) == []
    assert log.holes(older_ns=0) == [(101, 1_000)]
    assert log.holes(older_ns=0) == []


def test_a_late_packet_that_was_given_up_changes_nothing() -> None:
    log = SentLog()
    sent(log, count=8)
    log.arrived([(7, 1)])

    assert log.arrived([(0, 2)]) == []


def test_under_way_is_what_left_after_the_newest_that_came() -> None:
    log = SentLog()
    sent(log, count=5)
    assert log.in_flight_bytes == 5_000

    log.arrived([(2, 1)])
    assert log.in_flight_bytes == 2_000
    log.write_off()
    assert log.in_flight_bytes == 0
    sent(log, count=1, from_ns=ms(60))
    log.arrived([(3, 1)])
    assert log.in_flight_bytes == 1_000


@pytest.mark.parametrize(("low_bits", "number"), [(0, 65_536), (9, 65_545), (10, 10), (65_535, 65_535)])
def test_a_number_is_found_by_its_lower_half(low_bits: int, number: int) -> None:
    log = SentLog()
    sent(log, count=65_546, every_ns=0)

    assert log.number_of(low_bits) == number


def test_of_a_silent_receiver_no_more_than_so_much_is_kept() -> None:
    log = SentLog()
    sent(log, count=MAX_PENDING + 2, every_ns=0)

    assert fates(log.arrived([(1, 1), (2, 2)])) == {2: 2}
    assert log.waiting_since_ns() == 0


# The queue in the network


def observed(*delays_ms: float, every_ms: float = 10, window_ms: float = 70) -> StandingQueue:
    queue = StandingQueue()
    for index, delay_ms in enumerate(delays_ms):
        queue.observe([(ms(index * every_ms), ms(delay_ms))])
        queue.settle(window_ns=ms(window_ms))
    return queue


def test_the_luckiest_packet_says_what_stands() -> None:
    queue = observed(20, *[90] * 10, 50, 80, 70)

    assert queue.standing_ns == ms(30)
    assert queue.newest_ns == ms(50)


def test_clocks_need_not_agree() -> None:
    assert observed(-9_000, *[-8_960] * 10).standing_ns == ms(40)


def test_a_lowest_delay_is_forgotten_after_ten_seconds() -> None:
    assert observed(20, *[50] * 99, every_ms=100).standing_ns == ms(30)
    assert observed(20, *[50] * 112, every_ms=100).standing_ns == 0


def test_it_falls_when_it_is_less_than_a_moment_ago() -> None:
    assert observed(0, *[100] * 20, *[80] * 8).is_falling
    assert not observed(0, *[100] * 20, *[95] * 8).is_falling
    assert not observed(0, *range(0, 200, 10)).is_falling


def test_a_longer_path_can_be_taken_for_the_base() -> None:
    queue = observed(20, *[140] * 40)
    queue.rebase(over_ns=ms(300))
    assert queue.standing_ns == 0

    queue.observe([(ms(500), ms(150))])
    queue.settle(window_ns=ms(70))
    assert queue.standing_ns == ms(10)


# Trains


def train(
    trains: Trains, number: int, *, packets: int, sent_every_ms: float, came_every_ms: float, size_bytes: int = 1_250
) -> None:
    sent = [
        Sent(number * 100 + index, ms(number * 33 + index * sent_every_ms), size_bytes, number)
        for index in range(packets)
    ]
    trains.add(Outcome(packet, ms(9_000 + number * 33 + index * came_every_ms)) for index, packet in enumerate(sent))


def test_a_train_that_comes_as_it_left_was_not_hindered() -> None:
    trains = Trains()
    train(trains, 1, packets=5, sent_every_ms=1, came_every_ms=1.2)
    train(trains, 2, packets=5, sent_every_ms=1, came_every_ms=1.3)
    train(trains, 3, packets=1, sent_every_ms=1, came_every_ms=1)
    [free, hindered] = trains.recent(now_ns=ms(200))

    assert free.is_free
    assert not hindered.is_free
    assert hindered.received_bps == pytest.approx(10_000 / 0.0013)


@pytest.mark.parametrize(("packets", "size_bytes"), [(1, 1_250), (2, 749)])
def test_too_short_a_train_says_nothing(packets: int, size_bytes: int) -> None:
    trains = Trains()
    train(trains, 1, packets=packets, sent_every_ms=1, came_every_ms=1, size_bytes=size_bytes)
    train(trains, 2, packets=1, sent_every_ms=1, came_every_ms=1)

    assert trains.recent(now_ns=ms(100)) == []


def test_trains_are_forgotten_in_time() -> None:
    trains = Trains()
    train(trains, 1, packets=5, sent_every_ms=1, came_every_ms=1)
    train(trains, 2, packets=5, sent_every_ms=1, came_every_ms=1)

    assert len(trains.recent(now_ns=ms(33 + 4 + 1_499))) == 1
    assert trains.recent(now_ns=ms(33 + 4 + 1_500)) == []


# The pacer


def outgoing(kind: Kind = Kind.MEDIA, *, sequence: int = 1, size_bytes: int = 1_250, queued_ns: int = 0) -> Outgoing:
    return Outgoing(kind=kind, sequence=sequence, size_bytes=size_bytes, train=1, queued_ns=queued_ns)


def leaves(pacer: Pacer, now_ns: int, *, is_held: bool = False) -> list[int]:
    """Return the sequences that leave now, at 10 Mbps: a millisecond each."""
    return [packet.sequence for packet in pacer.due(pace_bps=10e6, is_held=is_held, now_ns=now_ns)]


def test_packets_leave_a_packets_time_apart_and_a_late_loop_catches_up_a_little() -> None:
    pacer = Pacer()
    pacer.add(outgoing(sequence=each) for each in range(12))
    now_ns = seconds(1)

    assert leaves(pacer, now_ns) == [0, 1, 2, 3, 4]
    assert pacer.next_ns(is_held=False) == now_ns + ms(1)
    assert leaves(pacer, now_ns + ms(1) - 1) == []
    assert leaves(pacer, now_ns + ms(1)) == [5]
    assert leaves(pacer, now_ns + ms(3)) == [6, 7]
    assert leaves(pacer, now_ns + ms(100)) == [8, 9, 10, 11]


def test_repairs_go_first_and_even_while_pictures_are_held() -> None:
    pacer = Pacer()
    pacer.add([outgoing(sequence=1), outgoing(Kind.COPY, sequence=1), outgoing(Kind.REPAIR, sequence=9)])

    assert pacer.repairs == 1
    assert leaves(pacer, seconds(1), is_held=True) == [9]
    assert pacer.next_ns(is_held=True) is None
    assert leaves(pacer, seconds(2)) == [1, 1]
    assert pacer.is_empty


def test_it_says_how_long_a_picture_has_waited_and_drops_all_when_told() -> None:
    pacer = Pacer()
    pacer.add([outgoing(Kind.REPAIR, queued_ns=0), outgoing(queued_ns=ms(5)), outgoing(queued_ns=ms(9))])
    assert pacer.waiting_ns(now_ns=ms(20)) == ms(15)

    pacer.flush()
    assert pacer.waiting_ns(now_ns=ms(20)) == 0
    assert pacer.is_empty


def test_it_is_bounded() -> None:
    pacer = Pacer()
    pacer.add([outgoing(Kind.REPAIR)] * (MAX_WAITING + 5))

    assert pacer.repairs == MAX_WAITING


# Repairs


def test_a_packet_is_repaired_again_only_after_a_round_trip_and_never_refused_for_good() -> None:
    repairs = Repairs()

    assert repairs.may(1, round_trip_ns=ms(80), now_ns=0)
    assert not repairs.may(1, round_trip_ns=ms(80), now_ns=ms(80) - 1)
    assert repairs.may(2, round_trip_ns=ms(80), now_ns=ms(80) - 1)
    assert repairs.may(1, round_trip_ns=ms(80), now_ns=ms(80))
    assert not repairs.may(1, round_trip_ns=ms(1), now_ns=ms(130) - 1)
    assert repairs.may(1, round_trip_ns=ms(1), now_ns=ms(130))


# Patience


def test_down_is_soon_and_up_is_late() -> None:
    patience = Patience()
    assert patience.turn(Turn.DOWN, now_ns=0) is Turn.STAY
    assert patience.turn(Turn.DOWN, now_ns=DOWN_AFTER_NS - 1) is Turn.STAY
    assert patience.turn(Turn.DOWN, now_ns=DOWN_AFTER_NS) is Turn.DOWN

    assert patience.turn(Turn.UP, now_ns=seconds(9)) is Turn.STAY
    assert patience.turn(Turn.UP, now_ns=seconds(9) + UP_AFTER_NS) is Turn.UP


def test_a_wish_that_breaks_off_begins_anew() -> None:
    patience = Patience()
    patience.turn(Turn.DOWN, now_ns=0)
    patience.turn(Turn.STAY, now_ns=1)

    assert patience.turn(Turn.DOWN, now_ns=DOWN_AFTER_NS) is Turn.STAY


def test_a_fall_that_cannot_wait_does_not() -> None:
    assert Patience().turn(Turn.DOWN, now_ns=0, at_once=True) is Turn.DOWN


def test_after_a_relapse_it_waits_twice_as_long_and_after_a_rise_that_lasted_no_longer() -> None:
    patience = Patience()
    patience.turn(Turn.UP, now_ns=0)
    assert patience.turn(Turn.UP, now_ns=UP_AFTER_NS) is Turn.UP
    relapse_ns = UP_AFTER_NS + LASTED_NS - 1
    assert patience.turn(Turn.DOWN, now_ns=relapse_ns, at_once=True) is Turn.DOWN

    patience.turn(Turn.UP, now_ns=relapse_ns)
    assert patience.turn(Turn.UP, now_ns=relapse_ns + 2 * UP_AFTER_NS - 1) is Turn.STAY
    rise_ns = relapse_ns + 2 * UP_AFTER_NS
    assert patience.turn(Turn.UP, now_ns=rise_ns) is Turn.UP
    fall_ns = rise_ns + LASTED_NS
    assert patience.turn(Turn.DOWN, now_ns=fall_ns, at_once=True) is Turn.DOWN
    patience.turn(Turn.UP, now_ns=fall_ns)
    assert patience.turn(Turn.UP, now_ns=fall_ns + UP_AFTER_NS) is Turn.UP
