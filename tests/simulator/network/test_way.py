"""A way does to what it carries what its weather says, the same for the same seed."""

import random
from collections.abc import Sequence

from simulator.network.way import Fade, Way, Weather
from teleop_core.timebase import NS_PER_S, ms, seconds

MBPS = 1e6


def way_of(weather: Weather, seed: int = 1) -> Way[int]:
    return Way[int](random.Random(seed), weather)


def carry(
    way: Way[int], *, count: int, every_ns: int = ms(20), bits: int = 8_000, from_ns: int = 0
) -> dict[int, list[int]]:
    """Send so many, one every `every_ns`; return when each arrived, in ns after it set out."""
    arrived: dict[int, list[int]] = {}

    def take(now_ns: int) -> None:
        while (next_ns := way.next_ns()) is not None and next_ns <= now_ns:
            for each in way.arriving(now_ns=next_ns):
                arrived.setdefault(each, []).append(next_ns - from_ns - each * every_ns)

    for number in range(count):
        now_ns = from_ns + number * every_ns
        take(now_ns)
        way.send(number, now_ns=now_ns, bits=bits)
    take(from_ns + count * every_ns + seconds(60))
    return arrived


def order(arrived: dict[int, list[int]], every_ns: int = ms(20)) -> Sequence[int]:
    return sorted(arrived, key=lambda each: each * every_ns + arrived[each][0])


def test_everything_arrives_after_the_delay_and_not_before() -> None:
    way = way_of(Weather(delay_ns=ms(40)))
    way.send(1, now_ns=0)

    assert way.next_ns() == ms(40)
    assert way.arriving(now_ns=ms(40) - 1) == []
    assert way.arriving(now_ns=ms(40)) == [1]
    assert way.next_ns() is None


def test_the_same_seed_gives_the_same_road_and_another_another() -> None:
    weather = Weather(jitter_ns=ms(30), loss=0.2, fades=(Fade(every_ns=ms(300), lasts_ns=ms(80)),))

    assert carry(way_of(weather), count=300) == carry(way_of(weather), count=300)
    assert carry(way_of(weather), count=300) != carry(way_of(weather, seed=2), count=300)


def test_jitter_overtakes_on_a_free_road_and_not_on_one_that_keeps_the_order() -> None:
    free = carry(way_of(Weather(jitter_ns=ms(100))), count=200)
    in_turn = carry(way_of(Weather(jitter_ns=ms(100), in_turn=True)), count=200)

    assert order(free) != sorted(free)
    assert order(in_turn) == sorted(in_turn)
    assert max(waits[0] for waits in in_turn.values()) > ms(80)
    assert min(waits[0] for waits in in_turn.values()) < ms(40)


def test_so_much_is_overtaken_as_is_said() -> None:
    weather = Weather(jitter_ns=ms(30), in_turn=True, overtaken=0.1)
    arrived = carry(way_of(weather), count=2000, every_ns=ms(1))

    late = sum(
        1
        for first, second in zip(arrived, list(arrived)[1:], strict=False)
        if arrived[first][0] > arrived[second][0] + ms(1)
    )
    assert 100 < late < 300


def test_so_much_is_lost_as_is_said_and_an_ordered_road_delivers_late_instead() -> None:
    lossy = carry(way_of(Weather(loss=0.1)), count=5000)
    ordered = carry(way_of(Weather(loss=0.1, ordered=True)), count=5000)

    assert 400 < 5000 - len(lossy) < 600
    assert len(ordered) == 5000
    assert order(ordered) == sorted(ordered)
    assert sum(1 for waits in ordered.values() if waits[0] >= ms(60)) >= 400  # sent again after a round trip


def test_copies_arrive_twice() -> None:
    arrived = carry(way_of(Weather(copies=0.5)), count=1000)

    assert 400 < sum(1 for waits in arrived.values() if len(waits) == 2) < 600


def test_a_narrow_road_delivers_at_its_rate_and_drops_what_its_queue_does_not_hold() -> None:
    weather = Weather(delay_ns=0, rate_bps=MBPS, queue_ns=ms(100))
    way = way_of(weather)
    arrived = carry(way, count=500, every_ns=ms(4), bits=8_000)  # 2 Mbps into 1

    assert 240 <= len(arrived) <= 265
    assert way.dropped == 500 - len(arrived)
    assert ms(100) <= max(waits[0] for waits in arrived.values()) <= ms(117)


def test_a_narrow_ordered_road_drops_nothing() -> None:
    arrived = carry(way_of(Weather(rate_bps=MBPS, queue_ns=ms(100), ordered=True)), count=500, every_ns=ms(4))

    assert len(arrived) == 500


def test_the_queue_follows_a_rate_that_changes() -> None:
    way = way_of(Weather(delay_ns=0, rate_bps=0.1 * MBPS, queue_ns=seconds(1)))
    for number in range(10):
        way.send(number, now_ns=0, bits=8_000)  # 80 ms each
    way.weather = Weather(delay_ns=0, rate_bps=MBPS)

    assert len(way.arriving(now_ns=ms(80))) == 10
    assert way.queued_bits == 0


def test_fades_take_the_time_that_is_said_and_lose_or_hold_what_sets_out_in_them() -> None:
    fade = Fade(every_ns=ms(900), lasts_ns=ms(100))
    holding = Fade(every_ns=ms(900), lasts_ns=ms(100), holds=True)
    lost = 20_000 - len(carry(way_of(Weather(fades=(fade,))), count=20_000))
    held = carry(way_of(Weather(fades=(holding,))), count=20_000)

    assert 1400 < lost < 2600
    assert len(held) == 20_000
    assert 1400 < sum(1 for waits in held.values() if waits[0] > ms(20)) < 2600


def test_in_the_dark_all_is_lost_or_all_is_held() -> None:
    dropping, holding = way_of(Weather()), way_of(Weather())
    holding.is_holding = True
    for way in (dropping, holding):
        way.send(0, now_ns=0)
        way.dark_until_ns = seconds(1)
        way.send(1, now_ns=ms(500))
        way.send(2, now_ns=seconds(1))

    assert dropping.arriving(now_ns=seconds(2)) == [0, 2]
    assert holding.arriving(now_ns=NS_PER_S - 1) == [0]
    assert holding.arriving(now_ns=NS_PER_S) == [1]
    assert holding.arriving(now_ns=seconds(2)) == [2]


def test_a_queue_that_gets_through_in_the_dark_is_lost() -> None:
    way = way_of(Weather(delay_ns=0, rate_bps=MBPS, queue_ns=seconds(1)))
    for number in range(10):
        way.send(number, now_ns=0, bits=8_000)  # 8 ms each
    way.dark_until_ns = ms(33)

    assert way.arriving(now_ns=seconds(1)) == [4, 5, 6, 7, 8, 9]
