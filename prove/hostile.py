"""What somebody who means harm sends: what was said before, forged tokens, halves and junk."""

import random
from typing import Final

from prove.world import World
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Road

JUNK: Final = (b"", b"{}", b"[]", b"\xff\x00", b'{"type":"drive"}', b'{"type":"stop","id":""}', b"[" * 300, b"1e999")


def disturb(world: World, rng: random.Random) -> None:
    """Send the robot something that it must not obey, or obey once."""
    draw = rng.random
    people = tuple(world.people.values())
    peer = people[int(draw() * len(people))].peer
    road = Road.BRIDGE if draw() < 0.5 else Road.DIRECT
    what = draw()
    if what < 0.45 and world.past:
        said_by, body = world.past[-1 - int(draw() * draw() * len(world.past))]
        world.hear(said_by if draw() < 0.8 else peer, body, road)
        return
    if what < 0.55:
        world.hear(peer, JUNK[int(draw() * len(JUNK))], road)
        return
    if what < 0.65 and world.past:
        bent = bytearray(world.past[int(draw() * len(world.past))][1])
        bent[int(draw() * len(bent))] = int(draw() * 256)
        world.hear(peer, bytes(bent), road)
        return
    if what < 0.8 and world.session.is_latched:
        _reset_in_a_hurry(world, peer, road, number=int(draw() * 10**6))
        return
    world.hear(peer, encode(_forged(world, rng)), road)


def _reset_in_a_hurry(world: World, peer: m.Peer, road: Road, *, number: int) -> None:
    """Take both steps of a reset at once, with the right code, whoever asks and whatever the robot does."""
    world.hear(peer, encode(m.ResetPrepare(id=f"hurry-{number}")), road)
    prepared = world.session._latch.prepared(now_ns=world.now_ns)  # noqa: SLF001 - a spy who knows the code
    if prepared is not None:
        world.hear(peer, encode(m.ResetConfirm(id=f"hurry-{number}-", code=prepared.code)), road)


def _forged_gesture(world: World, rng: random.Random, *, epoch: str, fence: int, some_id: str) -> m.FromPerson:
    draw = rng.random
    if draw() < 0.3:
        return m.AllowGestures(id=some_id, allowed=draw() < 0.5)
    if draw() < 0.2:
        return m.DeclareArea(id=some_id, clear=True)
    offered = world.session._gestures.offered(now_ns=world.now_ns)  # noqa: SLF001 - a spy who knows the code
    code = None if offered is None or draw() < 0.5 else offered.code
    return m.GestureBegin(id=some_id, epoch=epoch, fence=fence, name=("wave", "bow")[int(draw() * 2)], code=code)


def _forged(world: World, rng: random.Random) -> m.FromPerson:
    draw = rng.random
    fence = max(0, world.session.fence + (0, 0, -1, 1)[int(draw() * 4)])
    boots = world.boots - (0 if draw() < 0.8 else 1)
    epoch, seq = f"e{boots}", (2**53 - 1 if draw() < 0.02 else int(draw() * 200))
    kind = draw()
    if kind < 0.25:
        return m.LeaseRenew(epoch=epoch, fence=fence, seq=seq)
    if kind < 0.3:
        return m.ResetConfirm(id=f"forged-{seq}", code=f"r{world.session.fence}-1")
    if kind < 0.35:
        return m.CapSpeed(id=f"forged-{seq}", max_speed_mps=None if draw() < 0.5 else 9.0)
    if kind < 0.38:
        return _forged_gesture(world, rng, epoch=epoch, fence=fence, some_id=f"forged-{seq}")
    if kind < 0.42:
        return m.Mute(id=f"forged-{seq}", peer=tuple(world.people)[int(draw() * len(world.people))], muted=True)
    if kind < 0.45:
        return m.Watch(epoch=epoch, beacon=max(0, max(world.referee.beacons_ns, default=0) + int(draw() * 4) - 2))
    newest = max(world.referee.beacons_ns, default=0)
    pictures = tuple(world.referee.pictures_ns)
    return m.Drive(
        epoch=epoch,
        fence=fence,
        seq=seq,
        dead_man=draw() < 0.6,
        vx_mps=draw() * 20 - 10,
        vy_mps=draw() - 0.5,
        wz_radps=draw() * 20 - 10,
        beacon=max(0, newest + (0, 0, 5, -4, -12)[int(draw() * 5)]),
        picture=pictures[-1 - int(draw() * len(pictures))] if pictures and draw() < 0.8 else None,
    )
