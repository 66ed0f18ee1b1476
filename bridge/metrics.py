"""What the bridge counts, in a registry of its own. No label carries a name, a token or an address."""

import enum
from collections import Counter as Counts
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from teleop_core.errors import WireFault
from teleop_core.wire.messages import Refusal

METRICS_TYPE: Final = CONTENT_TYPE_LATEST


class Turned(enum.Enum):
    """Why somebody was turned away or cut off; a reason in `stagebridge_refused_total`, beside those of frames."""

    ORIGIN = "origin"
    TOKEN_IN_QUERY = "token_in_query"  # noqa: S105 - a reason, not a secret
    CROWDED = "crowded"
    HELLO_TIMEOUT = "hello_timeout"
    BAD_HELLO = "bad_hello"
    VERSION = "version"
    CREDENTIAL = "credential"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_OFTEN = "too_often"
    REPLACED = "replaced"
    REVOKED = "revoked"


class FramesRelayed(Collector):
    """How many frames came, by who sent them: plain numbers, for the loop adds to them with each frame."""

    def __init__(self) -> None:
        self.from_people = 0
        self.from_robots = 0

    def collect(self) -> Iterator[Metric]:
        """Yield them as Prometheus has it."""
        family = CounterMetricFamily("stagebridge_frames", "Frames received, by who sent them.", labels=["kind"])
        family.add_metric(["person"], self.from_people)
        family.add_metric(["robot"], self.from_robots)
        yield family


class BridgeMetrics:
    """One bridge's counters."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._turned_away: Counts[str] = Counts()
        refused = Counter(
            "stagebridge_refused", "Frames and connections refused, by reason.", ["reason"], registry=self._registry
        )
        connections = Gauge(
            "stagebridge_connections", "Open WebSockets past the handshake.", ["kind"], registry=self._registry
        )
        self.frames = FramesRelayed()
        self._registry.register(self.frames)
        # All labels exist from the start: a dashboard sees zeros, and the relay path looks nothing up.
        self._refused = {each: refused.labels(each.value) for kind in (Refusal, WireFault, Turned) for each in kind}
        self.people = connections.labels("person")
        self.robots = connections.labels("robot")
        self.audit_lost = Counter(
            "stagebridge_audit_lost", "Lines of the audit log that could not be written.", registry=self._registry
        )

    def count_refused(self, reason: Refusal | WireFault | Turned, *, times: int = 1) -> None:
        """Count frames or connections refused for `reason`, one if nothing else is said."""
        self._refused[reason].inc(times)
        if isinstance(reason, Turned):
            self._turned_away[reason.value] += times

    def turned_away(self) -> dict[str, int]:
        """Return how many connections were turned away or cut off, by reason, of those that were."""
        return dict(self._turned_away)

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self._registry)
