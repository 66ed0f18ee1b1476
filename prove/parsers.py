"""Every parser that takes bytes from outside, with inputs to begin from."""

import json
import re
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bridge.config import BridgeConfig
from robot_agent import sniff
from robot_agent.config import AgentConfig
from robot_agent.drivers import serial_protocol
from robot_agent.local_stop import words
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.twcc import feedback_in
from robot_agent.motion import ipc, memory
from simulator.config import SimConfig
from stagebridge import config
from teleop_core.errors import ConfigError, WireError
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession
from teleop_core.wire import codec
from teleop_core.wire import messages as m

InT = TypeVar("InT")
OutT = TypeVar("OutT", bound=ipc.Frame)

VECTORS: Final = Path(__file__).parents[1] / "tests" / "vectors"


@dataclass(frozen=True, slots=True)
class Parser:
    """Something that takes bytes from outside.

    `parse` says in a word or two what came of them; it raises nothing, since it catches what is documented.
    """

    name: str
    parse: Callable[[bytes], str]
    seeds: tuple[bytes, ...]


def _wire(decode: Callable[[bytes | str], m.Message]) -> Callable[[bytes], str]:
    def parse(body: bytes) -> str:
        outcome = ""
        for frame in (body.decode("utf-8", "surrogateescape"), body):
            try:
                message = decode(frame)
            except WireError as exc:
                outcome = f"{exc.fault.value} {_gist(str(exc))}"
            else:
                codec.encode(message)
                outcome = type(message).__name__
        return outcome

    return parse


def _gist(reason: str) -> str:
    """Return the part of a reason that does not quote the input."""
    return re.sub(r"[0-9]+", "0", reason.split("; got", maxsplit=1)[0])[:60]


def _session(body: bytes) -> str:
    """A whole robot hears it, ticks, and speaks."""
    session = RobotSession(epoch="e1", memory=None, profile=SafetyProfile(), now_ns=10**9)
    refusal = session.receive(body, peer="anna", role=m.Role.STAFF, road=m.Road.DIRECT, now_ns=10**9)
    session.tick(now_ns=10**9 + 1)
    for each in session.messages_to_send():
        codec.decode_to_person(each.body)
    return "done" if refusal is None else refusal.value


def _serial(body: bytes) -> str:
    outcome = ""
    decoder = serial_protocol.Decoder()
    middle = len(body) // 2
    for chunk in (body[:middle], body[middle:], b"\0"):
        for seq, message in decoder.feed(chunk):
            serial_protocol.encode(message, seq=seq)
            outcome += type(message).__name__
    refused = decoder.refused
    return f"{outcome} {refused.garbage > 0} {refused.bad_crc > 0} {refused.unknown > 0}"


def _frame_around(body: bytes) -> bytes:
    """Return `body` with the right sum, so that what is behind the sum is reached."""
    summed = body[:70] + struct.pack("<H", serial_protocol.crc16(body[:70]))
    return serial_protocol.cobs_encode(summed) + b"\0"


def _serial_behind_the_sum(body: bytes) -> str:
    return _serial(_frame_around(body))


def _ipc_motion(body: bytes) -> str:
    ours, theirs = ipc.socket_pair()
    try:
        return _heard(ipc.motion_end(ours), theirs, body)
    finally:
        ours.close()
        theirs.close()


def _ipc_agent(body: bytes) -> str:
    ours, theirs = ipc.socket_pair()
    try:
        return _heard(ipc.agent_end(ours), theirs, body)
    finally:
        ours.close()
        theirs.close()


def _heard(channel: "ipc.Channel[InT, OutT]", theirs: socket.socket, body: bytes) -> str:
    theirs.send(body[: ipc.MAX_IPC_BYTES + 10] or b"\0")  # an empty packet is the end of the connection
    frame = channel.receive()
    return f"{type(frame).__name__} {channel.refused}"


def _hall(body: bytes) -> str:
    outcome = ""
    for frame in (body.decode("utf-8", "surrogateescape"), body):
        word = words.decode(frame)
        outcome = type(word).__name__
        if word is not None:
            words.encode(word)
    return outcome


def _twcc(body: bytes) -> str:
    """A road on which 200 packets left hears of them."""
    try:
        feedbacks = feedback_in(body)
    except ValueError as exc:
        return _gist(str(exc))
    flow = Flow(start_bps=1e6, ceiling_bps=2.5e6)
    for number in range(200):
        now_ns = number * 2_000_000
        flow.picture([(number, 1_200)], rtp_time=number, is_keyframe=number == 0, now_ns=now_ns)
        flow.left(flow.due(now_ns=now_ns), now_ns=now_ns)
    now_ns = 1_200_000_000
    for feedback in feedbacks:
        now_ns += 50_000_000
        flow.feedback(feedback, now_ns=now_ns)
        flow.missing([(number, 1_200) for number in range(3)], now_ns=now_ns)
        flow.has_room(now_ns=now_ns)
        flow.next_ns()
    if not 0 < flow.rate.target_bps <= 2.5e6:
        raise ValueError(f"expected a target within bounds, got {flow.rate.target_bps}")
    return f"{min(3, len(feedbacks))} {flow.rate.target_bps > 1e6} {flow.keyframe_wanted}"


def _memory(body: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / memory.FILE_NAME).write_bytes(body)
        kept, why = memory.load(Path(folder), unix_s=1_700_000_000)
        RobotSession(epoch="e2", memory=kept, profile=SafetyProfile(), now_ns=10**9).tick(now_ns=10**9 + 1)
    return "read" if why is None else _gist(why.split(": ", 1)[1])


def _toml(body: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stagebridge.toml"
        file.write_bytes(body)
        try:
            settings = config.load(file, environ={})
        except ConfigError as exc:
            return _gist(str(exc).replace(folder, ""))
        outcome = ""
        for table, struct_type in TABLES:
            try:
                settings.read(table, struct_type)
            except ConfigError as exc:
                outcome += _gist(str(exc).replace(folder, ""))
        return outcome


TRANSPORT_FEEDBACK: Final = (
    "8fcd0007000000010000000201c2000400001000200120012001200104040404",
    "8fcd000700000001000000020009000900000200d255c40004ff380404040409",
    "80c9000100000007afcd00060000000100000002fffe0005ffffff00d4800408c0010002",
)
TABLES: Final[tuple[tuple[str, type[msgspec.Struct]], ...]] = (
    ("bridge", BridgeConfig),
    ("robot", AgentConfig),
    ("sim", SimConfig),
)


def parsers() -> tuple[Parser, ...]:
    """Return every parser, with inputs to begin from."""
    frames = tuple(_vector_frames())
    packed = msgspec.msgpack.Encoder()
    from_agent = (
        packed.encode(ipc.Heartbeat(bridge_up=True)),
        packed.encode(ipc.FromPeer("anna", m.Role.PRESENTER, m.Road.DIRECT, b'{"type":"stop","id":"s"}')),
        packed.encode(ipc.Captured(5, 10**12)),
        packed.encode(ipc.LocalStop("key", level=m.StopLevel.CUT)),
        packed.encode(ipc.LocalRelease("on the page")),
    )
    from_page = (
        words.Enter(pin="1234"),
        words.Stop(id="s"),
        words.Sterner(id="c", level="cut"),
        words.Release(id="r", asked=1),
    )
    from_motion = (packed.encode(ipc.ToPeer(None, m.Lane.STATE, b"{}")), packed.encode(ipc.Ready("e1", None)))
    serial = tuple(bytes.fromhex(each) for each in json.loads((VECTORS / "serial.json").read_text()).values())
    toml = b'[bridge]\nhost = "127.0.0.1"\nport = 8080\n[robot]\nname = "a"\n[robot.driver]\nkind = "sim"\n'
    toml += b"[sim]\nseed = 1\n"
    return (
        Parser("hello", _wire(codec.decode_hello), frames),
        Parser("from-person", _wire(codec.decode_from_person), frames),
        Parser("at-bridge", _wire(codec.decode_at_bridge), frames),
        Parser("on-road", _wire(codec.decode_on_road), frames),
        Parser("to-person", _wire(codec.decode_to_person), frames),
        Parser("from-robot", _wire(codec.decode_from_robot), frames),
        Parser("to-robot", _wire(codec.decode_to_robot), frames),
        Parser("session", _session, frames),
        Parser("sniff", lambda body: str(sniff.kind_of(body))[:20], frames),
        Parser("serial", _serial, serial),
        Parser("serial-behind-the-sum", _serial_behind_the_sum, tuple(_without_sum(each) for each in serial)),
        Parser("ipc-motion", _ipc_motion, from_agent),
        Parser("ipc-agent", _ipc_agent, from_motion),
        Parser("hall", _hall, tuple(words.encode(word).encode() for word in from_page)),
        Parser("twcc", _twcc, tuple(bytes.fromhex(each) for each in TRANSPORT_FEEDBACK)),
        Parser("memory", _memory, (b'{"epoch":"e1","fence":7,"latched":false,"speed_cap_mps":0.2,"level":"cut"}',)),
        Parser("toml", _toml, (toml,)),
    )


def _without_sum(frame: bytes) -> bytes:
    return serial_protocol.cobs_decode(frame[:-1])[:-2]


def _vector_frames() -> Iterator[bytes]:
    """Yield every frame of the golden vectors, right or wrong."""
    for vector in json.loads((VECTORS / "messages.json").read_text()):
        yield vector["text"].encode("utf-8", "surrogatepass")
