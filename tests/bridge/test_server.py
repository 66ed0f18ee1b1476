"""Starting, draining, and what the process says meanwhile."""

import asyncio
import json
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from bridge.config import BridgeConfig
from bridge.link import link_of
from bridge.listener import USER_TIMEOUT_MS, allow_files, open_listener, url_of
from bridge.server import run_bridge
from teleop_core.errors import SetupError
from teleop_core.wire import messages as m
from tests.bridge.hall import ADMIN_KEY, Hall, admin, bearer, closing_of, open_hall
from tests.kernel import options_of

PROGRAM = """
import asyncio, sys
from bridge.config import BridgeConfig
from bridge.event_loop import new_event_loop
from bridge.server import run_bridge
config = BridgeConfig(port=0, database=sys.argv[1])
with asyncio.Runner(loop_factory=new_event_loop) as runner:
    runner.run(run_bridge(config, on_ready=lambda url: print(url, flush=True)))
"""


@pytest.mark.asyncio
async def test_everybody_is_told_when_the_bridge_goes(hall: Hall) -> None:
    robot, anna, silent = await hall.robot(), await hall.person("presenter"), await hall.connect()
    deaf = await hall.person("observer", deaf=True)

    await hall.drain()

    assert await robot.close_code() == m.CloseCode.GOING_AWAY
    assert await anna.close_code() == m.CloseCode.GOING_AWAY
    assert (await closing_of(silent))[0] == m.CloseCode.GOING_AWAY
    assert await deaf.close_code() == m.CloseCode.GOING_AWAY


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_and_the_exit_is_clean(tmp_path: Path, number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path / "b.sqlite3"), stdout=-1, stderr=-1
    )
    assert process.stdout is not None
    assert process.stderr is not None
    url = (await process.stdout.readline()).decode().strip()
    host, port = url.removeprefix("http://").split(":")
    _, idle = await asyncio.open_connection(host, int(port))

    started_s = time.monotonic()
    process.send_signal(number)
    code = await asyncio.wait_for(process.wait(), 10)

    assert code == 0
    assert time.monotonic() - started_s < 3
    assert b"Traceback" not in await process.stderr.read()
    idle.close()


@pytest.mark.asyncio
async def test_a_port_in_use_is_one_clear_sentence(hall: Hall, tmp_path: Path) -> None:
    port = int(hall.url.rsplit(":", 1)[1])
    config = BridgeConfig(port=port, database=str(tmp_path / "other.sqlite3"))

    with pytest.raises(SetupError, match=f"127.0.0.1 port {port}: another program has it") as error:
        await run_bridge(config, on_ready=lambda _: None)

    assert "--port" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_not_ours_is_explained(host: str) -> None:
    with pytest.raises(SetupError, match=r"host|address"):
        open_listener(BridgeConfig(host=host, port=0))


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])  # noqa: S104
def test_the_url_is_one_that_a_browser_here_can_open(host: str, shown: str) -> None:
    with open_listener(BridgeConfig(host=host, port=0)) as listener:
        assert url_of(listener) == f"http://{shown}:{listener.getsockname()[1]}"


@pytest.mark.asyncio
async def test_accepted_connections_inherit_the_tcp_options(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def look(scope: dict[str, object]) -> object:
        link = link_of(scope)
        seen.update(options_of(link.transport.get_extra_info("socket"), user_timeout_ms=USER_TIMEOUT_MS))
        return link

    monkeypatch.setattr("bridge.gate.link_of", look)

    await hall.person("presenter")

    assert set(seen) >= {"TCP_NODELAY"}
    assert all(got == wanted for got, wanted in seen.values()), seen


@pytest.mark.asyncio
async def test_an_option_that_the_kernel_does_not_know_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("teleop_core.tcp.options", lambda **_: {"TCP_FROM_THE_FUTURE": (9999, 1)})

    async with open_hall(tmp_path) as hall:
        assert (await hall.http.get("/healthz")).status_code == 200


def test_it_may_have_as_many_sockets_as_it_lets_people_in() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        allow_files(1000)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1000
        allow_files(500)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1000
        allow_files(2**40)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.asyncio
async def test_no_log_line_carries_a_token_or_a_key(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_hall(tmp_path) as hall:
        _, token = await hall.invite("staff")
        invite_id, spent = await hall.invite("presenter")
        robot, staff = await hall.robot(), await hall.person(token=token)
        await hall.person(token=spent)
        await staff.send(m.Stop(id="s-1", reason="too close"))
        await robot.next_said()
        await hall.http.delete(f"/api/invites/{invite_id}", headers=bearer(token))
        await _misuse(hall, spent)
        secrets = (token, spent, hall.robot_key, ADMIN_KEY)
    out, err = capfd.readouterr()

    assert not [secret for secret in secrets if secret in out + err]
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"listening", "enrolled", "invited", "joined", "stop_sent", "revoked_invite", "left", "turned_away"} <= {
        line["event"] for line in lines
    }
    stop = next(line for line in lines if line["event"] == "stop_sent")
    assert (stop["reason"], stop["role"], stop["robot_online"]) == ("too close", "staff", True)


async def _misuse(hall: Hall, token: str) -> None:
    """Leave `token` wherever it might be logged."""
    ws = await hall.connect()
    await ws.send(json.dumps({"type": "hello", "token": token, "version": 1}))
    await closing_of(ws)
    ws = await hall.connect()
    await ws.send(json.dumps({"type": "hello", "token": token, "version": 1, "client_id": "tab-0001"}))
    await closing_of(ws)
    await hall.http.get(f"/presenter?token={token}")
    await hall.http.get(f"/ws?token={token}", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    await hall.http.get(f"/api/{token}", headers=admin())
    await hall.http.delete(f"/api/invites/{token}", headers=admin())
