"""The whole flow of one viewer, or two, over a simulated bottleneck: what the viewer gets to see."""

from collections.abc import Callable

import pytest

from tests.robot_agent.media.rate.bottleneck import HIGH, LOW, QUEUE_MS, Road, Viewer, World, steps
from tests.robot_agent.media.rate.crossing import Greedy, Steady

SEEDS = [1, 2, 3]
WIDE = 20e6


def watched(*, until_s: float, seed: int = 1, **road: Callable[[int], float]) -> Viewer:
    world = World(seed=seed)
    viewer = Viewer(world, Road(world, **road))  # type: ignore[arg-type] # each names a function of time
    world.run(until_s=until_s)
    return viewer


def capped(to_bps: float, *, from_s: float = 5, to_s: float = 20) -> Callable[[int], float]:
    return steps((0, WIDE), (from_s, to_bps), (to_s, WIDE))


def median_queue_ms(viewer: Viewer, from_s: float, to_s: float) -> float:
    waits = sorted(ms for at_ns, ms in viewer.queues if from_s <= at_ns / 1e9 < to_s)
    return waits[len(waits) // 2]


def test_a_wide_road_is_filled_to_the_ceiling_and_nothing_waits() -> None:
    viewer = watched(until_s=10)

    assert viewer.fps(3, 10) >= 29.5
    assert viewer.p95_ms(3, 10) <= 35
    assert viewer.received_bps(3, 10) >= 0.9 * HIGH.ceiling_bps
    assert viewer.keyframes == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_five_per_cent_of_random_loss_costs_little_time_and_no_rate(seed: int) -> None:
    clean = watched(until_s=15, seed=seed)
    lossy = watched(until_s=15, seed=seed, loss=steps((0, 0.05)))

    assert lossy.fps(3, 15) >= 28
    assert lossy.p95_ms(3, 15) <= 1.8 * clean.p95_ms(3, 15)
    assert lossy.longest_freeze_ms(3, 15) <= 200
    assert lossy.received_bps(3, 15) >= HIGH.ceiling_bps
    assert lossy.keyframes == 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("cap_bps", "fps", "p95_ms"), [(2_500_000, 29, 100), (1_000_000, 27, 130), (400_000, 20, 200)])
def test_under_a_cap_pictures_go_on_and_the_queue_stays_short(
    cap_bps: float, fps: float, p95_ms: float, seed: int
) -> None:
    viewer = watched(until_s=20, seed=seed, rate_bps=capped(cap_bps, to_s=30))

    assert viewer.fps(6, 20) >= fps
    assert viewer.p95_ms(6, 20) <= p95_ms
    assert viewer.longest_freeze_ms(5, 20) <= 400
    assert median_queue_ms(viewer, 7, 20) <= 80
    assert viewer.received_bps(8, 20) >= 0.75 * min(cap_bps, HIGH.ceiling_bps)
    assert viewer.keyframes <= 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cap_bps", [1_000_000, 400_000])
def test_within_four_seconds_of_the_end_of_a_cap_nine_tenths_are_back(cap_bps: float, seed: int) -> None:
    viewer = watched(until_s=25, seed=seed, rate_bps=capped(cap_bps))

    assert viewer.received_bps(23.5, 24.5) >= 0.9 * viewer.received_bps(3.5, 4.5)
    assert viewer.longest_freeze_ms(20, 25) <= 200


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_direct_fall_to_a_sixth_freezes_the_picture_for_less_than_400_ms(seed: int) -> None:
    viewer = watched(until_s=9, seed=seed, rate_bps=steps((0, 2_500_000), (5, 400_000)))

    assert viewer.longest_freeze_ms(4, 9) <= 400
    assert viewer.watched[-1][1] is LOW


@pytest.mark.parametrize("seed", SEEDS)
def test_after_two_seconds_in_the_dark_the_picture_is_back_at_once(seed: int) -> None:
    viewer = watched(until_s=12, seed=seed, dark=steps((0, 0), (5, 1), (7, 0)))

    assert viewer.longest_freeze_ms(7, 8) <= 350
    assert viewer.received_bps(10, 12) >= 0.9 * HIGH.ceiling_bps
    assert viewer.keyframes <= 3
    assert not viewer.receiver.shown[-1].latency_ms > 50


def test_bursts_of_loss_freeze_the_picture_only_while_they_last() -> None:
    viewer = watched(until_s=20, loss=lambda now_ns: 0.3 if now_ns % 10**9 < 2 * 10**8 else 0.0)

    assert viewer.fps(3, 20) >= 28
    assert viewer.longest_freeze_ms(3, 20) <= 400
    assert viewer.received_bps(3, 20) >= 0.6 * HIGH.ceiling_bps


@pytest.mark.parametrize("cap_bps", [WIDE, 1_000_000])
def test_jitter_and_reordering_are_not_taken_for_a_queue(cap_bps: float) -> None:
    viewer = watched(until_s=20, jitter_ms=steps((0, 30)), rate_bps=steps((0, cap_bps)))

    assert viewer.fps(6, 20) >= 20
    assert viewer.p95_ms(6, 20) <= 160
    assert viewer.received_bps(6, 20) >= 0.7 * min(cap_bps, HIGH.ceiling_bps)


@pytest.mark.parametrize("after_ms", [80, 140])
def test_a_longer_path_is_not_taken_for_a_queue_for_long(after_ms: float) -> None:
    viewer = watched(until_s=20, delay_ms=steps((0, 20), (5, after_ms)))

    assert viewer.longest_freeze_ms(5, 10) <= 400
    assert viewer.received_bps(10, 20) >= 0.9 * HIGH.ceiling_bps
    assert viewer.fps(10, 20) >= 29


def test_a_path_that_grows_slowly_costs_nothing() -> None:
    viewer = watched(until_s=20, delay_ms=lambda now_ns: 20 + max(0.0, now_ns / 1e9 - 5) * 2)

    assert viewer.received_bps(8, 20) >= 0.8 * HIGH.ceiling_bps


def test_on_a_long_path_the_window_does_not_starve_the_picture() -> None:
    viewer = watched(until_s=10, delay_ms=steps((0, 120)))

    assert viewer.fps(3, 10) >= 29
    assert viewer.received_bps(3, 10) >= 0.9 * HIGH.ceiling_bps


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stranger_who_takes_more_than_half_leaves_a_picture_that_flows(seed: int) -> None:
    world = World(seed=seed)
    road = Road(world, rate_bps=steps((0, 2.5e6)))
    viewer = Viewer(world, road)
    Steady(world, road, bps=steps((0, 0), (5, 1.5e6), (15, 0)))
    world.run(until_s=20)

    assert viewer.fps(6, 15) >= 24
    assert viewer.longest_freeze_ms(5, 15) <= 400
    assert viewer.received_bps(8, 15) >= 700_000
    assert viewer.received_bps(18, 20) >= 1_900_000


@pytest.mark.parametrize("seed", SEEDS)
def test_a_download_on_the_same_road_does_not_starve_the_picture(seed: int) -> None:
    world = World(seed=seed)
    road = Road(world, rate_bps=steps((0, 4e6)))
    viewer = Viewer(world, road)
    download = Greedy(world, road, from_s=5, to_s=20)
    world.run(until_s=24)

    assert viewer.fps(8, 20) >= 12
    assert viewer.received_bps(8, 20) >= 180_000
    assert viewer.longest_freeze_ms(5, 20) <= 700
    assert download.bits / 15 >= 1_500_000
    assert viewer.received_bps(23, 24) >= 1_500_000


@pytest.mark.parametrize("seed", SEEDS)
def test_two_viewers_on_one_road_both_see_and_neither_has_more_than_five_times_the_others_share(seed: int) -> None:
    world = World(seed=seed)
    road = Road(world, rate_bps=steps((0, 3e6)))
    first, second = Viewer(world, road), Viewer(world, road, begins_s=5)
    world.run(until_s=30)
    shares = sorted(each.received_bps(15, 30) for each in (first, second))

    assert sum(shares) >= 2_400_000
    assert shares[1] <= 5 * shares[0]
    assert min(each.fps(15, 30) for each in (first, second)) >= 25
    assert max(each.longest_freeze_ms(5, 30) for each in (first, second)) <= 400


def test_where_not_even_a_small_picture_fits_there_is_none_until_there_is_room() -> None:
    viewer = watched(until_s=30, rate_bps=capped(60_000))

    assert viewer.fps(8, 20) < 1
    assert viewer.received_bps(8, 20) <= 60_000
    assert viewer.fps(27, 30) >= 29
    assert viewer.received_bps(28, 30) >= 0.8 * HIGH.ceiling_bps


def test_a_still_picture_does_not_raise_the_target_beyond_what_was_tried() -> None:
    world = World()
    viewer = Viewer(world, Road(world), talks=steps((0, 0.1)), start_bps=500_000)
    world.run(until_s=10)

    assert viewer.target_bps(10) <= 500_000
    assert viewer.fps(3, 10) >= 29


def test_the_queue_never_holds_all_that_it_could_for_long() -> None:
    viewer = watched(until_s=20, rate_bps=capped(400_000, to_s=30))
    full = [ms for at_ns, ms in viewer.queues if at_ns >= 6e9 and ms > 0.8 * QUEUE_MS]

    assert len(full) <= 10
