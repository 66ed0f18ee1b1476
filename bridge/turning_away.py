"""How somebody is turned away: told why, counted, and written down as far as the record's pace allows."""

import asyncio
from typing import Final

from bridge.audit import AuditLog
from bridge.handshake import TurnedAway
from bridge.link import Link
from bridge.metrics import BridgeMetrics
from bridge.pace import Pace

LINES_PER_S: Final = 5  # of the audit; the metrics count them all
LINES_AT_ONCE: Final = 100


class Bouncer:
    """Turns people away."""

    def __init__(self, *, metrics: BridgeMetrics, audit: AuditLog) -> None:
        self._metrics = metrics
        self._audit = audit
        self._lines = Pace(per_second=LINES_PER_S, at_once=LINES_AT_ONCE)
        self._unwritten = 0

    def turn_away(self, link: Link, away: TurnedAway, address: str) -> None:
        """Close a connection, and say why."""
        self._metrics.count_refused(away.why)
        if self._lines.take(now_s=asyncio.get_running_loop().time()):
            unwritten, self._unwritten = self._unwritten, 0
            self._audit.note("turned_away", why=away.why.value, address=address, unwritten=unwritten or None)
        else:
            self._unwritten += 1
        link.cut(away.code, away.reason)
