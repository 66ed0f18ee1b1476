"""Who shares a stream: one more, one less, and word of the first that comes and the last that goes."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Crowd(Generic[T]):
    """A set whose `on_change` is called when the first has come and when the last has gone."""

    def __init__(self, *, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._all: set[T] = set()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[T]:
        """Iterate over all, in no order."""
        return iter(self._all)

    def join(self, one: T) -> None:
        """Take one more in."""
        self._all.add(one)
        if len(self._all) == 1:
            self._on_change()

    def leave(self, one: T) -> None:
        """Forget one; leaving twice is nothing."""
        if one in self._all:
            self._all.remove(one)
            if not self._all:
                self._on_change()
