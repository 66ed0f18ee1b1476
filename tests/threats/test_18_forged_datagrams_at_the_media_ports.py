"""Threat 18: a stranger who knows the ports sends forged SRTP, DTLS and STUN; a guest, SCTP chunks of no length.

Expected: alive, no motion by any of it, and the driver's session goes on.
"""

import asyncio
import random
import re
import struct

import google_crc32c
import pytest

from simulator.presenter import Presenter
from simulator.rig import Rig
from simulator.watching import stays_at_rest
from teleop_core.wire.messages import Role
from tests.system.scene import DIRECT_ONLY, clear, on_stage, person
from tests.threats.real import rss_bytes
from tests.threats.strangers import A_VOLLEY, bombard

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROWTH_BYTES = 64 * 2**20
STUN_COOKIE = 0x2112A442


def dtls(kind: int, body: bytes, *, epoch: int = 0) -> bytes:
    """Return one DTLS 1.2 record (RFC 6347, 4.1)."""
    return struct.pack("!BHHHIH", kind, 0xFEFD, epoch, 0, 7, len(body)) + body


CLIENT_HELLO = dtls(22, struct.pack("!B3sH3s3s", 1, b"\0\0\x2b", 0, b"\0\0\0", b"\0\0\x2b") + b"\xfe\xfd" + bytes(41))


def forged(ssrcs: list[int]) -> list[bytes]:
    """Return what a stranger might send, one of each kind."""
    dice = random.Random(18)
    junk = dice.randbytes
    rtp = [struct.pack("!BBHII", 0x80, 96, 1, 0, ssrc) + junk(200) for ssrc in ssrcs]
    feedback = [struct.pack("!BBHII", 0x81, 206, 2, 1, ssrc) + junk(14) for ssrc in ssrcs]  # picture loss, unsigned
    goodbye = [struct.pack("!BBHI", 0x81, 203, 1, ssrc) + junk(14) for ssrc in ssrcs]
    binding = struct.pack("!HHI", 1, 0, STUN_COOKIE) + junk(12)
    nominated = struct.pack("!HHI", 1, 4, STUN_COOKIE) + junk(12) + struct.pack("!HH", 0x25, 0)  # USE-CANDIDATE
    return [
        b"",
        b"\0",
        b"\x80",
        b"\x80\xc8",
        b"\xff" * 1200,
        junk(60_000),
        *(bytes([first]) + junk(80) for first in (0, 1, 2, 3, 16, 20, 23, 63, 64, 127, 128, 191, 192, 255)),
        *rtp,
        *feedback,
        *goodbye,
        CLIENT_HELLO,
        dtls(22, junk(120)),
        dtls(21, b"\x02\x28"),  # a fatal alert, in the clear
        dtls(21, b"\x01\x00"),  # close_notify, in the clear
        dtls(21, junk(24), epoch=1),
        dtls(23, junk(64), epoch=1),
        dtls(23, b"", epoch=1),
        dtls(20, b"\x01"),
        CLIENT_HELLO[:13],
        binding,
        nominated,
        binding + struct.pack("!HH", 0x0008, 0xFFFF),  # an attribute longer than the datagram
        struct.pack("!HHI", 1, 4, STUN_COOKIE) + junk(12) + struct.pack("!HH", 0x24, 0),  # a priority of no bytes
    ]


def ssrcs_of(presenter: Presenter) -> list[int]:
    """Return the streams of the session, as its answer names them: a stranger may have read it on the way."""
    assert presenter._viewer is not None
    sdp = presenter._viewer._connection.remoteDescription.sdp
    return [int(found) for found in dict.fromkeys(re.findall(r"a=ssrc:(\d+)", sdp))]


async def test_who_drives_peer_to_peer_drives_on_and_sees_on_through_all_of_it(rig: Rig) -> None:
    async with on_stage(rig, roads=DIRECT_ONLY) as scene:
        await scene.drive_off()
        agent, frames = rig.child("robot"), scene.presenter.frames
        viewer, before = scene.presenter._viewer, rss_bytes(agent.pid)
        assert viewer is not None
        datagrams = forged(ssrcs_of(scene.presenter))

        sent = await bombard(rig, datagrams, for_s=3.0)

        assert sent > 1000
        assert agent.exit_status is None
        assert viewer.state == "connected"  # the same session as before
        assert scene.presenter.frames > frames + 15
        await scene.drive_on(0.3)
        assert rss_bytes(agent.pid) - before < GROWTH_BYTES


async def test_a_robot_that_nobody_drives_does_not_move(rig: Rig) -> None:
    async with on_stage(rig) as scene:
        datagrams = forged(ssrcs_of(scene.presenter))

        sent, rested = await asyncio.gather(bombard(rig, datagrams, for_s=1.5), stays_at_rest(rig.stage, for_s=1.5))

        assert rested
        assert sent > 300
        assert scene.presenter.holds_lease


async def test_a_guest_who_sends_chunks_and_parameters_of_no_length_harms_nobody(rig: Rig) -> None:
    async with on_stage(rig) as scene, person(rig, Role.OBSERVER) as guest:
        await scene.drive_off()
        assert guest._viewer is not None
        association = guest._viewer._connection.sctp
        assert association is not None
        line = association.transport  # behind the key, which every guest has

        for kind in range(256):
            await line._send_data(sctp(kind, b""))
            await line._send_data(sctp(kind, struct.pack("!HH", 7, 0)))
            await line._send_data(sctp(kind, bytes(16) + struct.pack("!HH", 7, 0)))
            if kind % A_VOLLEY == 0:
                await asyncio.sleep(0.004)

        await scene.drive_on(0.3)
        assert scene.presenter.holds_lease
        assert rig.child("robot").exit_status is None


def sctp(kind: int, body: bytes) -> bytes:
    """Return a packet with one chunk, or, without a body, with one that says it has no length (RFC 9260, 3)."""
    chunk = struct.pack("!BBH", kind, 0, 4 + len(body) if body else 0) + body
    head = struct.pack("!HHL", 5000, 5000, 0)
    return head + struct.pack("<L", google_crc32c.value(head + bytes(4) + chunk)) + chunk


async def test_a_client_hello_before_the_pages_own_costs_at_most_another_try(rig: Rig) -> None:
    async with on_stage(rig, leased=False) as scene:
        bombarding = asyncio.create_task(
            bombard(rig, [b"", CLIENT_HELLO, dtls(21, b"\x02\x28"), CLIENT_HELLO], for_s=2.0)
        )
        async with person(rig, name="Late") as late:  # comes in while it goes on, and sees the stage in the end
            await bombarding

            await late.get_lease()
            scene.presenter.let_go()

            assert late.has_channel
            assert rig.child("robot").exit_status is None
        await scene.staff.stop()
        await clear(scene.staff)
