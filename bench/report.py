"""What a bench found: figures, the goals that they are held to, the circumstances; told to people or machines."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.markup import escape
from rich.table import Table

from stagebridge import say

DIGITS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure that must not be above its bound, or not below it: one of the two is set."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float) -> bool:
        """Return whether `value` is on the right side."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    @property
    def bound(self) -> float | None:
        """The one that is set."""
        return self.at_most if self.at_least is None else self.at_least


@dataclass(kw_only=True)
class Report:
    """The outcome of one run of a bench; `tables` are what people get to see of it."""

    goals: Sequence[Goal] = ()
    is_slice: bool = False  # a quick run: goals whose figure it could not make are left out
    figures: dict[str, float] = field(default_factory=dict)
    context: dict[str, object] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    failure: str | None = None

    @property
    def verdicts(self) -> dict[str, dict[str, object]]:
        """Each goal with what was reached; one whose figure is missing does not hold."""
        return {
            goal.figure: {"value": value, "bound": goal.bound, "holds": value is not None and goal.holds(value)}
            for goal in self.goals
            if (value := self.figures.get(goal.figure)) is not None or not self.is_slice
        }

    @property
    def missed(self) -> list[str]:
        """The goals that do not hold."""
        return [name for name, verdict in self.verdicts.items() if not verdict["holds"]]

    @property
    def exit_status(self) -> int:
        """0 when all was measured and every goal holds."""
        return 0 if self.failure is None and not self.missed else 1

    @property
    def answer(self) -> dict[str, object]:
        """The one object for machines."""
        figures = {name: round(value, DIGITS) for name, value in self.figures.items()}
        answer: dict[str, object] = {"figures": figures, "goals": self.verdicts, "context": self.context}
        if self.failure is not None:
            answer["failure"] = self.failure
        return answer

    def tell(self, *, as_json: bool) -> None:
        """Print all of it for people, then, when asked for, the object for machines as the last line."""
        for table in self.tables:
            say.people.print(table)
        least = {goal.figure for goal in self.goals if goal.at_least is not None}
        for name, verdict in self.verdicts.items():
            mark = "[green]✓[/]" if verdict["holds"] else "[red]✗[/]"
            value = self.figures.get(name)
            seen = "not measured" if value is None else f"{value:g}"
            say.people.print(f"{mark} {name}: {seen}, at {'least' if name in least else 'most'} {verdict['bound']:g}")
        if self.failure is not None:
            say.people.print(f"[bold red]✗[/] {escape(self.failure)}", soft_wrap=True)
        if as_json:
            say.machine(self.answer)


def load() -> list[float]:
    """Return how busy the machine was over the last 1, 5 and 15 minutes."""
    return [round(each, 2) for each in os.getloadavg()]


def machine() -> dict[str, object]:
    """Return what a figure must be read beside."""
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "load_at_start": load()}
