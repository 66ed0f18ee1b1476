"""Promise: who falls silent is missed within a second, while the session waits for their return."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from simulator.processes import Child
from simulator.rig import Rig
from teleop_core.wire.messages import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S = 20.0


@asynccontextmanager
async def watcher(rig: Rig, tmp_path: Path) -> AsyncIterator[Child]:
    """Somebody with a page in a process of their own, who sees the stage."""
    invite = await rig.invite(Role.PRESENTER, "Ada")
    argv = [sys.executable, "-m", "tests.system.watcher", rig.ws_url, invite.token]
    child = Child("watcher", argv, mark=rig.mark, log=tmp_path / "watcher.log", extra={})
    try:
        await until("pictures", lambda: pictures(child) > 0)
        yield child
    finally:
        child.kill()


def pictures(child: Child) -> int:
    """Return how many pictures the watcher has seen."""
    last = child.tail(1)
    return int(last) if last.isdigit() else 0


def said(rig: Rig, event: str) -> list[dict[str, object]]:
    """Return what the agent has logged of this kind."""
    lines = rig.folder.log("robot").read_text(encoding="utf-8").splitlines()
    known = (json.loads(line) for line in lines if line.startswith("{"))
    return [each for each in known if each.get("event") == event]


async def until(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"expected {what} within {PATIENCE_S:g} s"
        await asyncio.sleep(0.02)


async def test_a_frozen_page_is_missed_long_before_it_is_given_up_and_sees_the_stage_again(
    rig: Rig, tmp_path: Path
) -> None:
    async with watcher(rig, tmp_path) as page:
        missed, returned, ended = (len(said(rig, event)) for event in ("peer_lost", "peer_back", "peer_closed"))
        page.send(signal.SIGSTOP)
        try:
            await until("a page that is missed", lambda: len(said(rig, "peer_lost")) > missed)
            seen = pictures(page)
        finally:
            page.send(signal.SIGCONT)

        await until("a page that is back", lambda: len(said(rig, "peer_back")) > returned)
        await until("pictures again", lambda: pictures(page) > seen + 10)
        assert len(said(rig, "peer_closed")) == ended
