"""Everything between one page and the robot, in the test's hand: the page's WebSocket, and the call's UDP."""

import json
import re

from playwright.async_api import Page, WebSocketRoute

from simulator.network.relay import Relay, before_robot
from simulator.network.way import Weather

ROAD = Weather()  # 20 ms each way


class ThinRoad:
    """Goes between before the page is opened. What is dark loses everything, both ways, and tells nobody."""

    def __init__(self) -> None:
        self.offers = 0
        self._bridge_dark = False
        self._relay: Relay | None = None
        self._udp_dark = False
        self._answered = 0

    async def lay(self, page: Page) -> None:
        """Go between `page` and whatever it connects to from now on."""
        await page.route_web_socket(re.compile(r"/ws$"), self._take_socket)

    def darken(self, *, bridge: bool, udp: bool) -> None:
        """Lose, or let pass, what goes by each road."""
        self._bridge_dark, self._udp_dark = bridge, udp
        if self._relay is not None:
            self._relay.set_dark(on=udp)

    def close(self) -> None:
        """Let go of the ports."""
        if self._relay is not None:
            self._relay.close()

    def _take_socket(self, socket: WebSocketRoute) -> None:
        if self._bridge_dark:
            return  # the dial hangs
        server = socket.connect_to_server()

        def from_page(frame: str | bytes) -> None:
            head = str(frame)[:40]
            if self._bridge_dark or '"rtc_candidate"' in head:
                return  # the robot learns of no way round the relay
            if '"rtc_offer"' in head:
                self.offers += 1
            server.send(frame)

        async def from_bridge(frame: str | bytes) -> None:
            if self._bridge_dark:
                return
            text = str(frame)
            socket.send(await self._by_the_relay(text) if '"rtc_answer"' in text[:40] else frame)

        socket.on_message(from_page)
        server.on_message(from_bridge)

    async def _by_the_relay(self, frame: str) -> str:
        """Return the robot's answer with the relay's address in the place of the robot's own."""
        answer = json.loads(frame)
        self.close()
        self._answered += 1
        self._relay, answer["sdp"] = await before_robot(
            answer["sdp"], to_robot=ROAD, from_robot=ROAD, seed=self._answered
        )
        self._relay.set_dark(on=self._udp_dark)
        return json.dumps(answer)
