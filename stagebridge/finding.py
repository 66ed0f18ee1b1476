"""What an examination found: one line of the doctor's report."""

import enum
from dataclasses import dataclass


class Health(enum.Enum):
    """How bad it is: AMBER works less well, RED does not work."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `cure` says what to do, empty when there is nothing to do."""

    name: str
    health: Health
    seen: str
    cure: str = ""
