"""A running system and a presenter in another namespace, with a link in between; needs root, as CI has it."""

import pytest

from bench.far_hall import FarHall
from bench.newest import newest_ages_ms
from simulator.lab import rooms
from simulator.network.way import Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import ms
from teleop_core.wire.messages import Road

ONE_WAY_MS = 30


@pytest.fixture(autouse=True, scope="module")
def _rooms_are_allowed() -> None:
    try:
        rooms.require_namespaces()
    except SetupError as exc:
        pytest.skip(str(exc))


@pytest.mark.timeout(150)
@pytest.mark.asyncio
async def test_commands_cross_the_link_on_both_roads_and_no_younger_than_it_lets_them() -> None:
    async with FarHall.opened() as hall:
        await hall.lab.set_both(Weather(delay_ns=ms(ONE_WAY_MS), in_turn=True))
        await hall.drive(within_s=60.0)
        await hall.forget()
        await hall.collect(for_s=2.0)
        ages_ms = {road: newest_ages_ms(hall.arrivals, hall.sent_ns, road=road) for road in (Road.BRIDGE, Road.DIRECT)}
        report = await hall.lab.report()

    for ages in ages_ms.values():
        assert len(ages) > 500
        assert ages.min() >= ONE_WAY_MS
    assert report.links[0].packets_from_robot > 50
    assert hall.rig.is_clean
