"""`python -m bench.seat_process SOCKET`: a scripted presenter, or staff, in a process of its own, which obeys orders.

A process of its own can be frozen by the kernel, at any instant and without its help, and nothing that the bench does
meanwhile delays what is pressed there.
"""

import asyncio
import sys
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self, assert_never

from websockets.exceptions import WebSocketException

from bench import downlink
from bench import seat_words as words
from robot_agent.motion import host
from simulator import barcode
from simulator.hall_phone import HallPhone
from simulator.presenter import Picture, Presenter
from simulator.processes import end_with_parent
from simulator.visitor import BOTH_ROADS
from teleop_core.geometry import Twist
from teleop_core.timebase import NS_PER_US
from teleop_core.wire.messages import Road

ARM_S: Final = 3.0
NEXT_PICTURES: Final = 3  # one alone may have waited for a process that was frozen
NEXT_PICTURES_S: Final = 0.3


class SeatedPerson:
    """The person, and the orders that it obeys. Use as `async with SeatedPerson(sit) as seated:`."""

    def __init__(self, sit: words.Sit) -> None:
        picture = Picture.WATCHED if sit.watches else Picture.UNSEEN
        self.presenter = Presenter(sit.url, sit.token, picture=picture)
        self._bridge_port = sit.bridge_port
        self.sent_ns: dict[int, int] = {}  # as last told
        self._phone: HallPhone | None = None
        self._phone_calls = AsyncExitStack()
        self._pressing: asyncio.Task[object] | None = None

    async def __aenter__(self) -> Self:
        await self.presenter.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._unpress()
        await self._phone_calls.aclose()
        await self.presenter.__aexit__(kind, error, trace)

    async def obey(self, order: words.SeatedOrder) -> None:
        """Carry out an order.

        Raises:
            TimeoutError: what it waits for did not come true.
            OSError, WebSocketException: the phone does not reach the robot.

        """
        match order:
            case words.Arm():
                await self._arm()
            case words.PressStop():
                await self._press(self.presenter.stop())
            case words.Revoke():
                await self._press(self.presenter.revoke())
            case words.Dial(link=link):
                await self._dial(link)
            case words.PressOnPhone():
                await self._press(self._phone_at_hand().stop())
            case words.LookUp():
                await self._look_up()
            case _:
                self._obey_at_once(order)

    async def _dial(self, link: str) -> None:
        self._phone = None
        await self._phone_calls.aclose()
        phone = await self._phone_calls.enter_async_context(HallPhone.open(link))
        await phone.enter()
        self._phone = phone

    def _phone_at_hand(self) -> HallPhone:
        if self._phone is None:
            raise TimeoutError("expected a phone with the STOP page open")
        return self._phone

    async def _press(self, press: Coroutine[object, object, object]) -> None:
        """Press, and go on pressing until the press is answered or gives up; its end is of no account here."""
        await self._unpress()
        self._pressing = asyncio.create_task(press, name="seat-press")

    async def _unpress(self) -> None:
        if self._pressing is not None:
            self._pressing.cancel()
            await asyncio.gather(self._pressing, return_exceptions=True)
            self._pressing = None

    async def _arm(self) -> None:
        presenter = self.presenter
        try:
            async with asyncio.timeout(ARM_S):
                await (presenter.rearm() if presenter.holds_lease else presenter.get_lease())
        except TimeoutError as exc:
            raise TimeoutError(f"expected an armed dead-man within {ARM_S:g} s; {presenter.last_seen()}") from exc

    def _obey_at_once(self, order: words.QuickOrder) -> None:
        presenter = self.presenter
        match order:
            case words.Hold(vx_mps=vx_mps, wz_radps=wz_radps):
                presenter.hold(Twist(vx_mps=vx_mps, wz_radps=wz_radps))
            case words.LetGo():
                presenter.let_go()
            case words.UseRoads(roads=roads):
                presenter.roads = frozenset(Road(road) for road in roads) or BOTH_ROADS
            case words.Freeze(on=on):
                presenter.freeze_picture(frozen=on)
            case words.CutDownlink(on=on):
                if on:
                    downlink.cut(bridge_port=self._bridge_port)
                else:
                    downlink.mend()
            case words.TellSent():
                self.sent_ns = dict(presenter.drives_sent_ns)
                presenter.drives_sent_ns.clear()
            case unreachable:
                assert_never(unreachable)

    def captured_ns(self) -> int | None:
        """Return when the picture that came last was captured."""
        shown = self.presenter.last_shown
        stamp = None if shown is None else barcode.read(shown.luma())
        if shown is None or stamp is None:
            return None
        age_us = (shown.shown_ns // NS_PER_US - stamp.captured_us) % barcode.TIME_MODULUS
        return shown.shown_ns - age_us * NS_PER_US

    async def _look_up(self) -> None:
        presenter = self.presenter
        await presenter.until("the room, with the robot in it", lambda: presenter.robot_online, within_s=10.0)
        enough = presenter.frames + NEXT_PICTURES
        try:
            await presenter.until(
                "the next pictures",
                lambda: presenter.frames >= enough and presenter.has_channel,
                within_s=NEXT_PICTURES_S,
            )
        except TimeoutError:
            await presenter.watch()


async def serve(path: str) -> None:
    """Dial the bench and obey until it hangs up."""
    reader, writer = await asyncio.open_unix_connection(path)
    first = words.order_decoder.decode(await reader.readline())
    if not isinstance(first, words.Sit):
        raise TypeError(f"expected Sit first, got {first}")
    if first.is_prompt:
        host.ask_to_be_prompt()
    began_ns = time.monotonic_ns()
    async with SeatedPerson(first) as seated:
        await seated.presenter.enter()
        writer.write(words.line(words.Done(began_ns=began_ns, me=seated.presenter.id, captured_ns=None)))
        while asked := await reader.readline():
            order = words.order_decoder.decode(asked)
            if isinstance(order, words.Sit):
                raise TypeError("expected Sit once, got it again")
            writer.write(words.line(await _answer(seated, order)))
    writer.close()


async def _answer(seated: SeatedPerson, order: words.SeatedOrder) -> words.Done | words.Failed:
    captured_ns = seated.captured_ns() if isinstance(order, words.Freeze) else None
    began_ns = time.monotonic_ns()
    try:
        await seated.obey(order)
    except (OSError, WebSocketException) as exc:  # a TimeoutError is an OSError
        return words.Failed(str(exc))
    sent_ns = seated.sent_ns if isinstance(order, words.TellSent) else {}
    return words.Done(began_ns=began_ns, me=seated.presenter.id, captured_ns=captured_ns, sent_ns=sent_ns)


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(serve(sys.argv[1]))
