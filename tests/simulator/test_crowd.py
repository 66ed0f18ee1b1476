"""Each kind of crowd does its harm to a real bridge, and the bridge goes on."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulator.crowd import Crowd, Kind
from tests.bridge.hall import open_hall

SECONDS = 2.0  # enough for three to come in on a busy machine


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
async def test_it_comes_does_what_it_does_and_the_bridge_still_answers(kind: Kind, tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall:
        await hall.robot()
        _, token = await hall.invite("observer")
        port = int(hall.url.rpartition(":")[2])
        visitors = Crowd(port, kind, token, addresses=2, ends_s=time.monotonic() + SECONDS)

        await visitors.visit(3, per_second=1000)

        assert visitors.tally["connected"] >= 3
        assert 1 <= visitors.open_most <= 3
        assert visitors.open_now == 0
        assert (await hall.http.get("/healthz")).status_code == 200


@pytest.mark.asyncio
async def test_who_is_refused_at_once_comes_again(tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall:
        port = int(hall.url.rpartition(":")[2])
        visitors = Crowd(port, Kind.FORGERS, addresses=1, ends_s=time.monotonic() + 2 * SECONDS)

        await visitors.visit(2, per_second=50)

        assert visitors.tally["sent off"] > 2


@pytest.mark.asyncio
async def test_where_nobody_listens_it_says_so() -> None:
    visitors = Crowd(1, Kind.SILENT, ends_s=time.monotonic() + 0.1)

    await visitors.visit(1, per_second=50)

    assert visitors.tally["not even connected"] > 0
    assert "connected" not in visitors.tally


def test_as_a_program_it_tells_in_one_line_what_became_of_each_kind() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "simulator.crowd", "silent=1", "rubbish=2", "--port", "1", "--seconds", "0.1"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert set(json.loads(ended.stdout)) == {"silent", "rubbish"}
