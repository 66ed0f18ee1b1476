"""What an examination found: one line of the doctor's report."""

from dataclasses import dataclass

from teleop_core.wire.messages import Health


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `cure` says what to do, empty when there is nothing to do."""

    name: str
    health: Health
    seen: str
    cure: str = ""
