"""Who gets which pictures, with renditions that only note what they are told."""

import asyncio

import pytest

from robot_agent.media.fanout import Fanout, Feed
from robot_agent.media.picture import Picture
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.ladder import Target
from robot_agent.media.subscriptions import Subscription, Subscriptions
from teleop_core.timebase import ms, seconds

pytestmark = pytest.mark.asyncio


class Rendition:
    """What `Subscriptions` uses of a rendition."""

    full_rate_hz = 30

    def __init__(self, name: str, floor_bps: int, ceiling_bps: int, full_scale: float) -> None:
        self.name, self.floor_bps, self.ceiling_bps, self.full_scale = name, floor_bps, ceiling_bps, full_scale
        self.target = Target(bitrate_bps=ceiling_bps, rate_hz=30)
        self.told: list[Target] = []
        self.asked = 0
        self.is_open = True
        self.fanout = Fanout(ask_keyframe=self.ask_keyframe, on_change=lambda: None)

    def join(self, filled: asyncio.Event | None = None) -> Feed:
        return self.fanout.join(filled)

    def leave(self, feed: Feed) -> None:
        self.fanout.leave(feed)

    def ask_keyframe(self) -> None:
        self.asked += 1

    def set_target(self, target: Target) -> None:
        self.target = target
        self.told.append(target)

    def set_open(self, *, is_open: bool) -> None:
        self.is_open = is_open

    def show(self, rtp_time: int, *, keyframe: bool = False) -> None:
        self.fanout.deliver(
            Picture(
                payloads=(b"x",),
                rtp_time=rtp_time,
                captured_ns=1,
                since_ns=1,
                taken_ns=1,
                encoded_ns=1,
                keyframe=keyframe,
            )
        )


class Hall:
    """Two renditions, their viewers, and a clock."""

    def __init__(self) -> None:
        self.high = Rendition("high", 500_000, 2_500_000, 1.0)
        self.low = Rendition("low", 100_000, 800_000, 0.5)
        self.subscriptions = Subscriptions([self.high, self.low])  # type: ignore[list-item]  # has what is needed
        self.now_ns = seconds(1_000)

    def viewer(self, target_bps: float = 2_000_000, *, best: int = 0) -> Subscription:
        flow = Flow(start_bps=target_bps, ceiling_bps=2_500_000)
        return self.subscriptions.join(flow, session="rtc-1", best=best, now_ns=self.now_ns)

    def pass_time(self, ns: int) -> None:
        for _ in range(max(1, ns // ms(25))):
            self.now_ns += ms(25)
            self.subscriptions.settle(now_ns=self.now_ns)


@pytest.fixture
def hall() -> Hall:
    return Hall()


async def taken(subscription: Subscription) -> int:
    async with asyncio.timeout(1):
        return (await subscription.next()).rtp_time


def is_on(subscription: Subscription) -> str:
    assert subscription.watched is not None
    return subscription.watched.name


async def test_a_viewer_begins_with_a_keyframe_of_what_its_road_carries(hall: Hall) -> None:
    near, far = hall.viewer(2_000_000), hall.viewer(300_000)
    hall.high.show(1)
    hall.high.show(2, keyframe=True)
    hall.low.show(3, keyframe=True)

    assert (await taken(near), await taken(far)) == (2, 3)


async def test_who_may_only_have_the_low_rendition_gets_no_better_one(hall: Hall) -> None:
    staff = hall.viewer(2_500_000, best=1)
    hall.pass_time(seconds(5))

    assert is_on(staff) == "low"


async def test_a_rendition_spends_what_the_worst_of_its_viewers_can_take(hall: Hall) -> None:
    hall.viewer(2_000_000)
    bad = hall.viewer(900_000)
    hall.pass_time(ms(25))
    assert hall.high.target.bitrate_bps == pytest.approx(0.94 * 900_000)

    hall.subscriptions.leave(bad)
    hall.pass_time(ms(25))
    assert hall.high.target.bitrate_bps == pytest.approx(0.94 * 2_000_000)


async def test_a_viewer_below_the_floor_goes_to_the_low_rendition_and_harms_nobody(hall: Hall) -> None:
    good, bad = hall.viewer(2_000_000), hall.viewer(2_000_000)
    bad.flow.rate.target_bps = 200_000
    hall.pass_time(seconds(1))
    hall.low.show(1, keyframe=True)
    assert await taken(bad) == 1
    hall.pass_time(ms(25))

    assert (is_on(good), is_on(bad)) == ("high", "low")
    assert hall.high.target.bitrate_bps == pytest.approx(0.94 * 2_000_000)
    assert hall.low.target.bitrate_bps == pytest.approx(0.94 * 200_000)


async def test_it_sees_the_old_rendition_until_the_new_one_has_a_keyframe_and_rtp_times_only_rise(hall: Hall) -> None:
    viewer = hall.viewer(2_000_000)
    hall.high.show(1, keyframe=True)
    assert await taken(viewer) == 1
    viewer.flow.rate.target_bps = 200_000
    hall.pass_time(seconds(1))
    hall.high.show(2)
    assert await taken(viewer) == 2

    hall.low.show(2, keyframe=True)  # of the capture that was sent already
    hall.high.show(3)
    assert await taken(viewer) == 3
    hall.low.show(4, keyframe=True)
    hall.high.show(4)
    hall.low.show(5)
    assert (await taken(viewer), await taken(viewer)) == (4, 5)
    assert is_on(viewer) == "low"
    assert len(hall.high.fanout) == 0


async def test_a_better_picture_of_the_same_capture_is_waited_for_a_moment(hall: Hall) -> None:
    viewer = hall.viewer(200_000)
    hall.low.show(1, keyframe=True)
    await taken(viewer)
    viewer.flow.rate.target_bps = 1_000_000
    hall.pass_time(seconds(1))

    hall.low.show(2)
    coming = asyncio.create_task(viewer.next())
    await asyncio.sleep(0)
    hall.high.show(2, keyframe=True)
    picture = await coming
    assert (picture.rtp_time, picture.keyframe, is_on(viewer)) == (2, True, "high")


async def test_it_comes_back_when_the_road_carries_more_for_long_enough(hall: Hall) -> None:
    viewer = hall.viewer(200_000)
    hall.low.show(1, keyframe=True)
    await taken(viewer)
    viewer.flow.rate.target_bps = 550_000
    hall.pass_time(seconds(5))
    assert is_on(viewer) == "low"

    viewer.flow.rate.target_bps = 1_000_000
    hall.pass_time(seconds(2))
    hall.high.show(2, keyframe=True)
    assert await taken(viewer) == 2
    assert is_on(viewer) == "high"


async def test_a_road_that_carries_not_even_the_low_rendition_gets_no_picture(hall: Hall) -> None:
    viewer = hall.viewer(200_000)
    viewer.flow.rate.target_bps = 70_000
    hall.pass_time(seconds(1))

    assert viewer.watched is None
    assert len(hall.low.fanout) == 0


async def test_a_road_that_is_out_costs_others_nothing_and_comes_back_with_a_keyframe(hall: Hall) -> None:
    good, bad = hall.viewer(2_000_000), hall.viewer(600_000)
    bad.flow.is_out = True
    hall.pass_time(ms(25))
    assert bad.watched is None
    assert hall.high.target.bitrate_bps == pytest.approx(0.94 * 2_000_000)

    asked = hall.high.asked
    bad.flow.is_out = False
    bad.flow.keyframe_wanted = True
    hall.pass_time(ms(25))
    assert is_on(bad) == is_on(good) == "high"
    assert hall.high.asked > asked


async def test_who_must_begin_anew_below_the_floor_goes_down_at_once(hall: Hall) -> None:
    viewer = hall.viewer(2_000_000)
    viewer.flow.rate.target_bps = 300_000
    viewer.flow.keyframe_wanted = True
    hall.pass_time(ms(25))

    assert is_on(viewer) == "low"
    assert len(hall.high.fanout) == 0


async def test_captures_are_passed_over_only_while_nobody_has_room(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    full, free = hall.viewer(), hall.viewer()
    for viewer, has_room in ((full, False), (free, True)):
        monkeypatch.setattr(viewer.flow, "has_room", lambda *, now_ns, has_room=has_room: has_room)
    hall.pass_time(ms(25))
    assert hall.high.is_open

    hall.subscriptions.leave(free)
    hall.pass_time(ms(25))
    assert not hall.high.is_open


async def test_one_viewers_requests_are_merged_and_none_is_lost(hall: Hall) -> None:
    viewer = hall.viewer()
    hall.pass_time(seconds(1))
    asked = hall.high.asked
    for _ in range(40):
        viewer.ask_keyframe()
        hall.pass_time(ms(25))

    assert 2 <= hall.high.asked - asked <= 3
    hall.pass_time(seconds(1))
    assert hall.high.asked - asked <= 4


async def test_a_small_change_of_the_bit_rate_is_not_told(hall: Hall) -> None:
    viewer = hall.viewer(2_000_000)
    hall.pass_time(ms(25))
    count = len(hall.high.told)
    viewer.flow.rate.target_bps = 2_020_000
    hall.pass_time(ms(25))
    assert len(hall.high.told) == count

    viewer.flow.rate.target_bps = 2_200_000
    hall.pass_time(ms(25))
    assert len(hall.high.told) == count + 1


async def test_nobody_is_left_behind(hall: Hall) -> None:
    viewer = hall.viewer()
    hall.subscriptions.leave(viewer)
    hall.subscriptions.leave(viewer)

    assert len(hall.subscriptions) == len(hall.high.fanout) == 0
