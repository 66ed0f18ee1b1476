"""The real asyncio shells in virtual time, with everything around them that can fail; each run is one seed.

Real: `bridge.gate` with handshake, rooms and revocation; `robot_agent.switchboard` with `bridge_link`, `motion_process`
and `viewers`; `robot_agent.motion` with its loop, driver slot and memory keeper, and `ipc` on real socket pairs;
`RobotSession`, `BridgeRoom`, `OperatorSession`. Played: the WebSockets (`lines`), the media plane and the hall's page
(`media`), the birth of processes (`agent_side`, `motion_side`), the robot and its disk (`body`), the directory
(`bridge_side`), and people (`tabs`). What ends a process ends it as a kernel does; what freezes one, freezes it alone.
Not here: uvicorn, starlette's routes, aiortc, cameras, signals, priorities. `tests/system/` has those.
"""

from prove.shells.house import Told
from prove.shells.runs import live, run

__all__ = ["Told", "live", "run"]
