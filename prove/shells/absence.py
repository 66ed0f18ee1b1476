"""When somebody does not run: frozen, dead, or not there yet."""

from dataclasses import dataclass


@dataclass(slots=True)
class Absence:
    """How long, and since when; `over_ns` is when the last one ended, `total_ns` how long all that ended were."""

    since_ns: int | None = None
    over_ns: int = 0
    total_ns: int = 0

    def begin(self, now_ns: int) -> None:
        """Note that it does not run from now on."""
        if self.since_ns is None:
            self.since_ns = now_ns

    def end(self, now_ns: int) -> None:
        """Note that it runs."""
        if self.since_ns is not None:
            self.total_ns += now_ns - self.since_ns
            self.since_ns, self.over_ns = None, now_ns
