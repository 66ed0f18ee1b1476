"""A running system whose robot has two uplinks to its bridge, and a way of its own for picture and voice.

The rooms are those of a laboratory: the robot's, the bridge's, and the presenter's, in which this process is meanwhile.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Self

from simulator.lab.laboratory import BRIDGE_ADDRESS, Lab
from simulator.network.profiles import Profile
from simulator.rig import Rig, RigOptions
from teleop_core.timebase import seconds

NAMES: Final = ("venue", "5G")
SMALL_PICTURE: Final = {"width": 320, "height": 176, "rate_hz": 30.0}
FOR_LONG_NS: Final = seconds(3600)


class TwoUplinks:
    """The laboratory and the rig in it.

    Raises:
        SetupError: this machine has no laboratory, or a part does not start.

    """

    def __init__(self, lab: Lab, rig: Rig) -> None:
        self.lab = lab
        self.rig = rig

    @classmethod
    @asynccontextmanager
    async def opened(cls, uplinks: Sequence[Profile | None] = (None, None)) -> AsyncIterator[Self]:
        """Start everything; leave nothing behind."""
        async with AsyncExitStack() as leaving:
            lab = await leaving.enter_async_context(Lab.opened(None, uplinks=uplinks))
            named = [
                {"name": name, "interface": Lab.device(link)} for name, link in zip(NAMES, lab.uplinks, strict=True)
            ]
            options = RigOptions(
                traced=True,
                host=BRIDGE_ADDRESS,
                before={"robot": lab.robot.words([]), "bridge": lab.bridge.words([])},
                changes={
                    "robot": {"uplinks": named, "camera": SMALL_PICTURE, "local_stop": {"host": "127.0.0.1"}},
                },
            )
            with lab.bridge.entered():
                rig = Rig(options)  # which looks for a port that is free there
            leaving.enter_context(lab.presenter.entered())
            await leaving.enter_async_context(rig)
            yield cls(lab, rig)

    async def cut(self, name: str) -> int:
        """Let nothing through an uplink from now on, either way, and tell nobody; return since when."""
        return await self._black_out(name, FOR_LONG_NS)

    async def mend(self, name: str) -> int:
        """Let everything through again; return since when."""
        return await self._black_out(name, 0)

    async def _black_out(self, name: str, for_ns: int) -> int:
        link = self.lab.uplinks[NAMES.index(name)]
        return await self.lab.black_out(until_ns=time.monotonic_ns() + for_ns, link=link)
