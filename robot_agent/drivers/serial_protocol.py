"""The serial line between a wheeled base and its driver: framing and messages, as pure functions and one decoder.

::

    frame   = COBS(type u8 | seq u16 | payload | crc u16) 0x00        all integers little-endian
    crc     = CRC-16/CCITT-FALSE over type, seq and payload

`seq` counts the frames of one sender and wraps; the base repeats the seq of the last command in its state
(`acked`), which is the acknowledgement. A lone 0x00 at any time ends whatever garbage came before it. SI units are
scaled to integers: lengths in mm, speeds in mm/s and mrad/s, angles in 1e-4 rad, the battery in 1e-4 of full.

::

    0x01 Hello          version u8
    0x02 Velocity       vx i16, vy i16, wz i16, ttl_ms u16
    0x03 Stop           level u8: 1 settle, 2 cut
    0x04 StateRequest
    0x81 BaseHello      version u8, boot_id u32, max vx u16, max vy u16, max wz u16,
                        accel u16 (mm/s2), turn accel u16 (mrad/s2), watchdog_ms u16, model 24 bytes of ASCII
    0x82 BaseState      boot_id u32, uptime_ms u32, x i32, y i32, heading i16, vx i16, vy i16, wz i16, battery u16,
                        faults u16 (`BaseFault`), inputs u8, watchdog u8 (`Watchdog`), acked u16

Rules of the base: it starts stopped; it says nothing before a `Hello`, then its state every 20 ms for as long as it
hears its host; `Velocity` holds for ttl_ms, but never longer than its watchdog (at most 300 ms); then it stops by its
own ramp. `inputs`: bit 0 a hardware stop is wired, bit 1 it is pressed.

COBS: S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7 (2), 1999.
"""

import binascii
import enum
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from teleop_core.geometry import Pose2D, Twist
from teleop_core.wire.messages import StopLevel

PROTOCOL_VERSION: Final = 1
MAX_WATCHDOG_MS: Final = 300
MAX_BODY_BYTES: Final = 80  # type, seq, payload and crc, before COBS
MAX_FRAME_BYTES: Final = MAX_BODY_BYTES + 2  # with COBS and the delimiter
SEQ_MODULUS: Final = 1 << 16

_BLOCK: Final = 254  # COBS: bytes that one code byte can cover
_HEAD: Final = struct.Struct("<BH")
_CRC: Final = struct.Struct("<H")
_HELLO: Final = struct.Struct("<B")
_VELOCITY: Final = struct.Struct("<hhhH")
_STOP: Final = struct.Struct("<B")
_BASE_HELLO: Final = struct.Struct("<BIHHHHHH24s")
_BASE_STATE: Final = struct.Struct("<IIiihhhhHHBBH")
_I16: Final = 32767
_U16: Final = 65535
_STOP_WIRED: Final = 0x01
_STOP_PRESSED: Final = 0x02


class Kind(enum.IntEnum):
    """The first byte of a frame."""

    HELLO = 0x01
    VELOCITY = 0x02
    STOP = 0x03
    STATE_REQUEST = 0x04
    BASE_HELLO = 0x81
    BASE_STATE = 0x82


class BaseFault(enum.IntFlag):
    """The fault bits of a base; a set bit latches the robot. Unknown bits are kept."""

    MOTOR = 0x01
    TIPPED = 0x02
    BATTERY = 0x04
    ENCODER = 0x08
    OVERHEATED = 0x10


class Watchdog(enum.IntEnum):
    """What the base's own time limit is doing."""

    IDLE = 0  # nothing was asked since the start or the last stop
    RUNNING = 1
    TRIPPED = 2  # a command ran out


@dataclass(frozen=True, slots=True)
class Hello:
    """The host is there; the base answers with `BaseHello` and begins to report."""

    version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class Velocity:
    """Move with `twist` for at most `ttl_ms`. Travels in steps of 1 mm/s and 1 mrad/s."""

    twist: Twist
    ttl_ms: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now, by ramp (SETTLE) or brake (CUT)."""

    level: StopLevel


@dataclass(frozen=True, slots=True)
class StateRequest:
    """Say your state now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseHello:
    """Who the base is. `boot_id` differs after every start of the base."""

    version: int = PROTOCOL_VERSION
    boot_id: int
    max_vx_mps: float
    max_vy_mps: float
    max_wz_radps: float
    max_accel_mps2: float
    max_accel_radps2: float
    watchdog_ms: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseState:
    """How the base is. `stop_pressed` is None where no hardware stop is wired."""

    boot_id: int
    uptime_ms: int
    pose: Pose2D
    twist: Twist
    battery: float
    faults: BaseFault
    stop_pressed: bool | None
    watchdog: Watchdog
    acked: int


Message = Hello | Velocity | Stop | StateRequest | BaseHello | BaseState

_LEVELS: Final = {1: StopLevel.SETTLE, 2: StopLevel.CUT}
_LEVEL_CODES: Final = {level: code for code, level in _LEVELS.items()}


def crc16(body: bytes) -> int:
    """Return the CRC-16/CCITT-FALSE of `body` (polynomial 0x1021, initial value 0xFFFF)."""
    return binascii.crc_hqx(body, 0xFFFF)


def cobs_encode(body: bytes) -> bytes:
    """Return `body` without any zero byte, one byte longer for each 254 begun."""
    coded = bytearray()
    *parts, last = body.split(b"\0")
    for part in parts:
        _cobs_blocks(coded, part)
    _cobs_blocks(coded, last)
    if last and len(last) % _BLOCK == 0:
        del coded[-1]  # a full block at the very end needs no empty one after it
    return bytes(coded)


def _cobs_blocks(coded: bytearray, part: bytes) -> None:
    """Append `part`, which has no zero, and the zero after it."""
    rest = part
    while len(rest) >= _BLOCK:
        coded.append(_BLOCK + 1)
        coded += rest[:_BLOCK]
        rest = rest[_BLOCK:]
    coded.append(len(rest) + 1)
    coded += rest


def cobs_decode(coded: bytes) -> bytes:
    """Return what `cobs_encode` was given.

    Raises:
        ValueError: `coded` holds a zero or ends inside a block.

    """
    if 0 in coded:
        raise ValueError(f"expected COBS without zeros, got one at {coded.index(0)}")
    body = bytearray()
    at = 0
    while at < len(coded):
        code = coded[at]
        end = at + code
        if end > len(coded):
            raise ValueError(f"expected a COBS block of {code - 1} bytes at {at}, got {len(coded) - at - 1}")
        body += coded[at + 1 : end]
        at = end
        if code <= _BLOCK and at < len(coded):
            body.append(0)
    return bytes(body)


def encode(message: Message, *, seq: int) -> bytes:
    """Return the whole frame of `message`, delimiter included; values outside their field's range are clipped."""
    kind, payload = _pack(message)
    body = _HEAD.pack(kind, seq % SEQ_MODULUS) + payload
    return cobs_encode(body + _CRC.pack(crc16(body))) + b"\0"


@dataclass(slots=True)
class Refused:
    """How many frames a decoder threw away, by cause."""

    garbage: int = 0  # no COBS, too short, too long
    bad_crc: int = 0
    unknown: int = 0  # a type or a payload that this version does not know

    @property
    def total(self) -> int:
        """All of them."""
        return self.garbage + self.bad_crc + self.unknown


@dataclass(slots=True)
class Decoder:
    """Cuts a byte stream into messages and survives whatever comes: noise, halves of frames, wrong sums."""

    refused: Refused = field(default_factory=Refused)
    _buffer: bytearray = field(default_factory=bytearray)
    _overrun: bool = False

    def feed(self, chunk: bytes) -> list[tuple[int, Message]]:
        """Return the (seq, message) pairs that `chunk` completes; never holds more than one frame's worth."""
        found: list[tuple[int, Message]] = []
        *ended, rest = chunk.split(b"\0")
        for piece in ended:
            self._keep(piece)
            frame, overrun = bytes(self._buffer), self._overrun
            self._buffer.clear()
            self._overrun = False
            if overrun:
                self.refused.garbage += 1
            elif frame and (message := self._read(frame)) is not None:
                found.append(message)
        self._keep(rest)
        return found

    def _keep(self, piece: bytes) -> None:
        if self._overrun or len(self._buffer) + len(piece) > MAX_FRAME_BYTES:
            self._overrun = True
            self._buffer.clear()
            return
        self._buffer += piece

    def _read(self, frame: bytes) -> tuple[int, Message] | None:
        try:
            body = cobs_decode(frame)
        except ValueError:
            self.refused.garbage += 1
            return None
        if len(body) < _HEAD.size + _CRC.size:
            self.refused.garbage += 1
            return None
        if crc16(body[: -_CRC.size]) != _CRC.unpack(body[-_CRC.size :])[0]:
            self.refused.bad_crc += 1
            return None
        kind, seq = _HEAD.unpack_from(body)
        try:
            return seq, _UNPACK[kind](body[_HEAD.size : -_CRC.size])
        except (KeyError, ValueError, struct.error):
            self.refused.unknown += 1
            return None


def _pack(message: Message) -> tuple[Kind, bytes]:
    match message:
        case Hello(version=version):
            return Kind.HELLO, _HELLO.pack(version)
        case Velocity(twist=twist, ttl_ms=ttl_ms):
            return Kind.VELOCITY, _VELOCITY.pack(*_scaled(twist), _clip(ttl_ms, 0, _U16))
        case Stop(level=level):
            return Kind.STOP, _STOP.pack(_LEVEL_CODES.get(level, 1))
        case StateRequest():
            return Kind.STATE_REQUEST, b""
        case BaseHello():
            return Kind.BASE_HELLO, _pack_base_hello(message)
        case BaseState():
            return Kind.BASE_STATE, _pack_base_state(message)


def _pack_base_hello(hello: BaseHello) -> bytes:
    limits = (
        hello.max_vx_mps,
        hello.max_vy_mps,
        hello.max_wz_radps,
        hello.max_accel_mps2,
        hello.max_accel_radps2,
    )
    milli = (_clip(round(limit * 1000), 0, _U16) for limit in limits)
    model = hello.model.encode("ascii", "replace")[:24]
    return _BASE_HELLO.pack(hello.version, hello.boot_id, *milli, hello.watchdog_ms, model)


def _pack_base_state(state: BaseState) -> bytes:
    inputs = 0
    if state.stop_pressed is not None:
        inputs = _STOP_WIRED | (_STOP_PRESSED if state.stop_pressed else 0)
    return _BASE_STATE.pack(
        state.boot_id,
        state.uptime_ms % (1 << 32),
        round(state.pose.x_m * 1e3),
        round(state.pose.y_m * 1e3),
        _clip(round(state.pose.heading_rad * 1e4), -_I16, _I16),
        *_scaled(state.twist),
        _clip(round(state.battery * 1e4), 0, 10_000),
        int(state.faults),
        inputs,
        int(state.watchdog),
        state.acked,
    )


def _scaled(twist: Twist) -> tuple[int, int, int]:
    vx, vy, wz = (_clip(round(v * 1000), -_I16, _I16) for v in (twist.vx_mps, twist.vy_mps, twist.wz_radps))
    return vx, vy, wz


def _clip(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def _unpack_hello(payload: bytes) -> Hello:
    return Hello(*_HELLO.unpack(payload))


def _unpack_velocity(payload: bytes) -> Velocity:
    vx, vy, wz, ttl_ms = _VELOCITY.unpack(payload)
    return Velocity(Twist(vx / 1000, vy / 1000, wz / 1000), ttl_ms)


def _unpack_stop(payload: bytes) -> Stop:
    return Stop(_LEVELS[_STOP.unpack(payload)[0]])


def _unpack_state_request(payload: bytes) -> StateRequest:
    if payload:
        raise ValueError(f"expected no payload, got {len(payload)} bytes")
    return StateRequest()


def _unpack_base_hello(payload: bytes) -> BaseHello:
    version, boot_id, vx, vy, wz, accel, turn_accel, watchdog_ms, model = _BASE_HELLO.unpack(payload)
    return BaseHello(
        version=version,
        boot_id=boot_id,
        max_vx_mps=vx / 1000,
        max_vy_mps=vy / 1000,
        max_wz_radps=wz / 1000,
        max_accel_mps2=accel / 1000,
        max_accel_radps2=turn_accel / 1000,
        watchdog_ms=watchdog_ms,
        model=model.rstrip(b"\0").decode("ascii"),
    )


def _unpack_base_state(payload: bytes) -> BaseState:
    boot_id, uptime_ms, x, y, heading, vx, vy, wz, battery, faults, inputs, watchdog, acked = _BASE_STATE.unpack(
        payload
    )
    return BaseState(
        boot_id=boot_id,
        uptime_ms=uptime_ms,
        pose=Pose2D(x / 1e3, y / 1e3, heading / 1e4),
        twist=Twist(vx / 1000, vy / 1000, wz / 1000),
        battery=battery / 1e4,
        faults=BaseFault(faults),
        stop_pressed=bool(inputs & _STOP_PRESSED) if inputs & _STOP_WIRED else None,
        watchdog=Watchdog(watchdog),
        acked=acked,
    )


_UNPACK: Final[dict[int, Callable[[bytes], Message]]] = {
    Kind.HELLO: _unpack_hello,
    Kind.VELOCITY: _unpack_velocity,
    Kind.STOP: _unpack_stop,
    Kind.STATE_REQUEST: _unpack_state_request,
    Kind.BASE_HELLO: _unpack_base_hello,
    Kind.BASE_STATE: _unpack_base_state,
}
