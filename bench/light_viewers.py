"""Viewers that take the picture and decode nothing, many in one process: offers go out, answers come in as JSON.

`python -m bench.light_viewers`; it ends with its standard input. Each acknowledges what came as a browser does, with
transport-wide feedback 14 times a second.
"""

import asyncio
import contextlib
import itertools
import json
import struct
import time
from typing import Final

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import unpack_header_extensions

from bench.lines import own_lines, say
from robot_agent.media import aiortc_seams as seams
from robot_agent.media.rate.twcc import TRANSPORT_CC_URI

FEEDBACK_S: Final = 0.07
_TICK_NS: Final = 250_000
_TICKS_PER_REFERENCE: Final = 256  # 64 ms
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2
_SPAN: Final = 1 << 16


class LightViewer:
    """One connection."""

    def __init__(self) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._transport = self._connection.addTransceiver("video", direction="recvonly").receiver.transport
        self._transport._handle_rtp_data = self._came  # type: ignore[method-assign]  # noqa: SLF001 -- nothing is to be decoded
        self._x_id = 0
        self._ssrc = 0
        self._arrived: dict[int, int] = {}
        self._newest = 0
        self._feedbacks = 0
        self._reporting: asyncio.Task[None] | None = None
        self.pictures = 0
        self.octets = 0

    async def offer(self) -> str:
        """Return an offer, with all candidates."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        """Take the robot's answer."""
        line = next(line for line in answer.splitlines() if line.startswith("a=extmap:") and TRANSPORT_CC_URI in line)
        self._x_id = int(line.removeprefix("a=extmap:").split()[0].split("/")[0])
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        self._reporting = asyncio.create_task(self._report())

    async def close(self) -> None:
        """Go."""
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.wait([self._reporting])
        await self._connection.close()

    async def _came(self, data: bytes, arrival_time_ms: int) -> None:
        del arrival_time_ms
        profile, words = struct.unpack_from("!HH", data, 12)
        for x_id, value in unpack_header_extensions(profile, data[16 : 16 + 4 * words]):
            if x_id == self._x_id:
                sequence = int.from_bytes(value, "big")
                self._newest += ((sequence - self._newest + _SPAN // 2) % _SPAN) - _SPAN // 2
                self._arrived[self._newest] = time.monotonic_ns() // _TICK_NS
        self._ssrc = int.from_bytes(data[8:12], "big")
        self.pictures += data[1] >> 7  # the marker bit
        self.octets += len(data)

    async def _report(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(FEEDBACK_S)
                arrived, self._arrived = self._arrived, {}
                if arrived:
                    await seams.send_rtp(self._transport, feedback_of(arrived, ssrc=self._ssrc, count=self._feedbacks))
                    self._feedbacks += 1


def feedback_of(arrived: dict[int, int], *, ssrc: int, count: int) -> bytes:
    """Return a transport-wide feedback of run-length chunks, as a browser writes it where packets come evenly.

    `arrived` maps transport sequence numbers, unwrapped, to ticks of 250 us; `count` is that of the feedbacks before.
    """
    first = min(arrived)
    at = arrived[first] // _TICKS_PER_REFERENCE * _TICKS_PER_REFERENCE
    reference = at // _TICKS_PER_REFERENCE & 0xFFFFFF
    symbols, deltas = [], b""
    for sequence in range(first, max(arrived) + 1):
        tick = arrived.get(sequence)
        if tick is None:
            symbols.append(_NOT_RECEIVED)
            continue
        small = 0 <= tick - at < _TICKS_PER_REFERENCE
        symbols.append(_SMALL if small else _LARGE)
        deltas += struct.pack("!B" if small else "!h", tick - at)
        at = tick
    runs = ((symbol, len(list(run))) for symbol, run in itertools.groupby(symbols))
    chunks = b"".join(struct.pack("!H", symbol << 13 | length) for symbol, length in runs)
    reported = max(arrived) + 1 - first
    head = struct.pack("!LLHHL", 1, ssrc, first % _SPAN, reported, reference << 8 | count % 256)
    body = head + chunks + deltas
    body += bytes(-len(body) % 4)
    return struct.pack("!BBH", 0x8F, 205, len(body) // 4) + body


async def serve() -> None:
    """Do as the lines of standard input say, one answer each."""
    seams.negotiate_playout_delay()
    seams.negotiate_transport_feedback()
    viewers: dict[str, LightViewer] = {}
    lines = await own_lines()
    say({"ready": True})
    while line := await lines.readline():
        match json.loads(line):
            case {"offer": str(name)}:
                viewers[name] = LightViewer()
                say({"sdp": await viewers[name].offer()})
            case {"accept": str(name), "sdp": str(sdp)}:
                await viewers[name].accept(sdp)
                say({})
            case {"leave": str(name)}:
                await viewers.pop(name).close()
                say({})
            case _:
                say({"seen": {name: [each.pictures, each.octets] for name, each in viewers.items()}})
    await asyncio.gather(*(each.close() for each in viewers.values()))


if __name__ == "__main__":
    asyncio.run(serve())
