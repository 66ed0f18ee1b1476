"""Do staff watch? Where a show asks for it, the robot moves only while a staff page answers its beacons.

Each beacon is the challenge, and a `Watch` that echoes it the answer; its age is measured on the robot's own clock, so
a page that is frozen, hidden, or heard but deaf counts as nobody.
"""

from teleop_core.timing import Timing


class StaffWatch:
    """How long ago staff knew how the robot was."""

    def __init__(self, *, required: bool, timing: Timing, now_ns: int) -> None:
        self._required = required
        self._timing = timing
        self._knew_ns = now_ns - timing.staff_latch_ns  # nobody has watched yet

    @property
    def is_required(self) -> bool:
        """Whether this show asks for staff who watch."""
        return self._required

    def answered(self, beacon_age_ns: int, *, now_ns: int) -> None:
        """Note that staff answered a beacon that left so long ago."""
        self._knew_ns = max(self._knew_ns, now_ns - beacon_age_ns)

    def must_hold(self, *, now_ns: int) -> bool:
        """Return whether the robot must stand until somebody watches."""
        return self._required and now_ns - self._knew_ns >= self._timing.staff_hold_ns

    def must_latch(self, *, now_ns: int) -> bool:
        """Return whether nobody has watched for so long that the STOP latches."""
        return self._required and now_ns - self._knew_ns >= self._timing.staff_latch_ns
