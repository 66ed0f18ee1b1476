"""A gamepad in the page's hands: Playwright has none, so `navigator.getGamepads` is replaced before the page starts."""

from collections.abc import Sequence
from typing import Final, Literal

from tests.browser.tab import Tab

B: Final = 1
LB: Final = 4
RB: Final = 5
CROSS_UP: Final = 12

SCRIPT: Final = """
(() => {
    let pads = [];
    let waiting = [];
    const look = () => {
        for (const seen of waiting.splice(0)) seen();
        return pads;
    };
    Object.defineProperty(Navigator.prototype, "getGamepads", {value: look});
    const looked = () => new Promise((seen) => waiting.push(seen));
    window.plugIn = async (mapping, axes, pressed) => {
        const buttons = Array.from({length: 17}, (_, index) => {
            const down = pressed.includes(index);
            return {pressed: down, touched: down, value: down ? 1 : 0};
        });
        const pad = {id: "test pad", index: 0, connected: true, mapping, axes, buttons, timestamp: performance.now()};
        pads = [pad];
        await looked();
    };
    window.unplug = async (announced) => {
        pads = [];
        if (announced) window.dispatchEvent(new Event("gamepaddisconnected"));
        await looked();
    };
})();
"""


class Gamepad:
    """One pad on one tab, opened with `SCRIPT`."""

    def __init__(self, tab: Tab, *, mapping: Literal["standard", ""] = "standard") -> None:
        self._tab = tab
        self._mapping = mapping

    async def set(
        self, *, forward: float = 0.0, left: float = 0.0, look_left: float = 0.0, pressed: Sequence[int] = ()
    ) -> None:
        """Put the sticks and the buttons so, plugging the pad in if need be; the page has looked then."""
        axes = [-left, -forward, -look_left, 0.0]  # the browser's x points right, its y down
        await self._tab.page.evaluate(
            "([mapping, axes, pressed]) => window.plugIn(mapping, axes, pressed)", [self._mapping, axes, list(pressed)]
        )

    async def forward(self) -> None:
        """Push the stick forward with LB held."""
        await self.set(forward=1.0, pressed=[LB])

    async def fast_forward(self) -> None:
        """Push the stick forward with RB held."""
        await self.set(forward=1.0, pressed=[RB])

    async def still(self) -> None:
        """Let go of everything."""
        await self.set()

    async def unplug(self, *, announced: bool = True) -> None:
        """Take the pad away, with or without the browser's event."""
        await self._tab.page.evaluate("announced => window.unplug(announced)", announced)
