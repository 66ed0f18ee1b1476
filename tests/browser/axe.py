"""What axe-core, run in a page, objects to."""

from pathlib import Path
from typing import Final

from tests.browser.tab import Tab

AXE: Final = Path(__file__).parents[2] / "operator_ui/node_modules/axe-core/axe.min.js"


async def objections(tab: Tab) -> list[str]:
    """Return what axe finds, with the first place of each."""
    assert AXE.exists(), f"axe-core is not installed ({AXE}): run npm ci in operator_ui"
    await tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await tab.page.evaluate("axe.run()")
    return [f"{each['id']}: {each['help']} at {each['nodes'][0]['html'][:160]}" for each in result["violations"]]
