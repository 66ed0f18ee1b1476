"""The REST interface of a bridge elsewhere, as the command line uses it."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Final, cast

from teleop_core.errors import ConfigError, LinkError
from teleop_core.wire.messages import Role

ADMIN_KEY: Final = "STAGEBRIDGE_ADMIN_KEY"
TIMEOUT_S: Final = 10.0

Answer = dict[str, object]


class RemoteBridge:
    """Asks one bridge, with the admin key from the environment.

    Raises:
        ConfigError: the address or the key is missing or refused.
        LinkError: the bridge does not answer, or refuses what is asked.

    """

    def __init__(self, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
            raise ConfigError(f"--url: expected http:// or https://, got {url!r}")
        self._url = url.rstrip("/")
        self._key = os.environ.get(ADMIN_KEY, "")
        if not self._key:
            raise ConfigError(f"expected the bridge's admin key in {ADMIN_KEY}; it is bridge.admin_key over there")

    def invite(self, *, role: Role, robot: str | None, name: str | None, life_s: int) -> Answer:
        """Make an invite; return it flat, with `token` and `url`."""
        wanted = {"role": role.value, "robot": robot, "name": name, "expires_in_s": life_s}
        body: Answer = {key: value for key, value in wanted.items() if value is not None}
        made = self._ask("POST", "/api/invites", body)
        return {**cast("Answer", made["invite"]), "token": made["token"], "url": made["url"]}

    def invites(self) -> list[Answer]:
        """Return all invites, newest first."""
        return cast("list[Answer]", self._ask("GET", "/api/invites")["invites"])

    def revoke(self, invite_id: str) -> None:
        """Make an invite void and send off whoever came with it."""
        self._ask("DELETE", f"/api/invites/{urllib.parse.quote(invite_id, safe='')}")

    def _ask(self, method: str, path: str, body: Answer | None = None) -> Answer:
        request = urllib.request.Request(  # noqa: S310 -- the scheme was checked
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- the scheme was checked
                return cast("Answer", json.load(answer))
        except urllib.error.HTTPError as exc:
            raise LinkError(f"{self._url} refuses: {_problem(exc)}", retryable=False) from exc
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "reason", exc)
            raise LinkError(f"{self._url} does not answer: {reason}; is the bridge running?", retryable=True) from exc


def _problem(refusal: urllib.error.HTTPError) -> str:
    try:
        problem = json.load(refusal)
        return f"expected {problem['expected']}, got {problem['seen']}; {problem['cure']}"
    except (OSError, ValueError, KeyError, TypeError):
        return f"HTTP {refusal.code} {refusal.reason}"
