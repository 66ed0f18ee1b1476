"""The latched STOP and its reset in two steps.

Anyone and anything may latch it, at any time, without a lease. Only staff clear it: prepare, then confirm with the code
that was shown, both at standstill and with the cause gone. A reset moves nothing (ISO 13850: reset must not restart).

The ladder: SETTLE ramps to zero and keeps balance and power. What is above it (DAMP, CUT) is asked for on site only,
and only on site is it taken back (`release`); until then nobody can reset, so that no distant hand powers a robot that
somebody beside it has made safe.
"""

from dataclasses import dataclass
from typing import Final

from teleop_core.timing import Timing
from teleop_core.wire.messages import Refusal, Role, StopCause, StopLevel

_ORDER: Final = tuple(StopLevel)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """What latched the STOP first; later causes do not replace it."""

    cause: StopCause
    by: str | None
    role: Role | None
    at_ns: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedReset:
    """The first step of a reset, waiting for its second."""

    by: str
    code: str
    expires_ns: int


class StopLatch:
    """Whether the robot is stopped for good, since when and by whom. Boots latched."""

    def __init__(
        self, *, timing: Timing, now_ns: int = 0, code_prefix: str = "r", level: StopLevel = StopLevel.SETTLE
    ) -> None:
        """Boot latched, at `level`; codes begin with `code_prefix`, so that one of an earlier life confirms nothing."""
        self._timing = timing
        self._code_prefix = code_prefix
        self._codes = 0
        self._record: StopRecord | None = StopRecord(
            cause=StopCause.BOOT, by=None, role=None, at_ns=now_ns, detail="the robot has just started"
        )
        self._level = level
        self._prepared: PreparedReset | None = None

    @property
    def level(self) -> StopLevel:
        """How the robot must stop, SETTLE while the latch is clear."""
        return self._level

    @property
    def record(self) -> StopRecord | None:
        """What latched it, None while it is clear."""
        return self._record

    @property
    def is_latched(self) -> bool:
        """Whether it is latched."""
        return self._record is not None

    def prepared(self, *, now_ns: int) -> PreparedReset | None:
        """Return the reset that waits for its second step, if it has not lapsed."""
        if self._prepared is not None and now_ns >= self._prepared.expires_ns:
            self._prepared = None
        return self._prepared

    def latch(self, record: StopRecord, *, level: StopLevel = StopLevel.SETTLE) -> bool:
        """Latch, and undo a reset half done; return whether it was clear before. The level only rises."""
        self._prepared = None
        self._level = max(self._level, level, key=_ORDER.index)
        if self._record is not None:
            return False
        self._record = record
        return True

    def release(self) -> None:
        """Let somebody on site take back what is above SETTLE; the robot stays latched."""
        self._level = StopLevel.SETTLE

    def prepare(self, peer: str, role: Role, *, still: bool, cause_gone: bool, now_ns: int) -> Refusal | None:
        """Take the first step of a reset; return why not, or None when done."""
        refusal = self._may_reset(role, still=still, cause_gone=cause_gone)
        if refusal is not None:
            return refusal
        self._codes += 1
        code = f"{self._code_prefix}{self._codes}"
        self._prepared = PreparedReset(by=peer, code=code, expires_ns=now_ns + self._timing.reset_life_ns)
        return None

    def confirm(self, role: Role, code: str, *, still: bool, cause_gone: bool, now_ns: int) -> Refusal | None:
        """Take the second step: clear the latch; return why not, or None when it is clear now."""
        refusal = self._may_reset(role, still=still, cause_gone=cause_gone)
        if refusal is not None:
            return refusal
        prepared = self.prepared(now_ns=now_ns)
        if prepared is None:
            return Refusal.EXPIRED
        if code != prepared.code:
            return Refusal.WRONG_CODE
        self._record = None
        self._prepared = None
        return None

    def _may_reset(self, role: Role, *, still: bool, cause_gone: bool) -> Refusal | None:
        if role is not Role.STAFF:
            return Refusal.ROLE
        if self._record is None:
            return Refusal.NOT_STOPPED
        if self._level is not StopLevel.SETTLE:
            return Refusal.ON_SITE
        if not still:
            return Refusal.MOVING
        if not cause_gone:
            return Refusal.FAULT
        return None
