"""A finger on the screen, as the browser's own touch input."""

from typing import Self

from playwright.async_api import CDPSession

from tests.browser.tab import Tab


class Thumb:
    """Touches one part of a page, beginning at its middle."""

    def __init__(self, devtools: CDPSession, x: float, y: float, size: float) -> None:
        self._devtools = devtools
        self._x = x
        self._y = y
        self._size = size

    @classmethod
    async def over(cls, tab: Tab, testid: str) -> Self:
        """Return a thumb over the middle of a part."""
        box = await tab.part(testid).bounding_box()
        assert box is not None
        return cls(
            await tab.devtools(),
            box["x"] + box["width"] / 2,
            box["y"] + box["height"] / 2,
            min(box["width"], box["height"]),
        )

    async def push(self) -> None:
        """Put the thumb down in the middle and slide it up to the part's edge."""
        await self._send("touchStart", [(self._x, self._y)])
        await self._send("touchMove", [(self._x, self._y - self._size / 2)])

    async def lift(self) -> None:
        """Take the thumb away."""
        await self._send("touchEnd", [])

    async def cancel(self) -> None:
        """Lose the touch to the system, as when a call comes in."""
        await self._send("touchCancel", [])

    async def _send(self, kind: str, points: list[tuple[float, float]]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        await self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
