"""The loop that a bridge runs on."""

import asyncio
import sys


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a new one: uvloop's, where there is one (`asyncio.Runner(loop_factory=...)`)."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - not on every platform

    return uvloop.new_event_loop()
