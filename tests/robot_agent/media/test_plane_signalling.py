"""Offers, answers and candidates, sound and unsound."""

import pytest

from teleop_core.wire.messages import (
    Ack,
    Refusal,
    Role,
    RtcAnswer,
    RtcCandidate,
    RtcOffer,
    Verdict,
)
from tests.robot_agent.media.conftest import Stage

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    "sdp",
    [
        "hello",
        "v=0\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=\r\n",
        "a=group:BUNDLE 0\r\nm=video x y z\r\na=extmap:q\r\n",
    ],
    ids=["no-sdp", "empty", "no-ice", "bad-line", "bad-numbers"],
)
async def test_an_offer_that_is_none_is_refused_with_a_reason(stage: Stage, sdp: str) -> None:
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id="r", sdp=sdp))

    assert isinstance(reply, Ack)
    assert (reply.verdict, reply.refusal) == (Verdict.REFUSED, Refusal.MEDIA)
    assert reply.detail
    assert not stage.plane.peers


async def test_a_browser_without_h264_is_refused(stage: Stage) -> None:
    offer = await stage.viewer("ana").offer()
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id="r", sdp=offer.sdp.replace("H264", "H265")))

    assert isinstance(reply, Ack)
    assert "H.264" in reply.detail


async def test_the_answer_holds_all_candidates_and_the_offers_own_may_hide_behind_mdns(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    hidden = "".join(
        _with_word(line, 4, "0d1e2f3a.local") if line.startswith("a=candidate:") else line
        for line in offer.sdp.splitlines(keepends=True)
    )
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id=offer.id, sdp=hidden))
    assert isinstance(reply, RtcAnswer)
    assert "a=end-of-candidates" in reply.sdp
    await viewer.accept(reply)

    await viewer.see(2)


def _with_word(line: str, index: int, word: str) -> str:
    words = line.split(" ")
    words[index] = word
    return " ".join(words)


async def test_candidates_trickle_in(stage: Stage) -> None:
    viewer = stage.viewer("ana")
    offer = await viewer.offer()
    lines = offer.sdp.splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))
    candidate = next(line for line in lines if line.startswith("a=candidate:")).strip().removeprefix("a=")
    reply = await stage.plane.receive("ana", Role.PRESENTER, RtcOffer(id=offer.id, sdp=kept))
    assert isinstance(reply, RtcAnswer)
    for text in (candidate, "", None, None):
        message = RtcCandidate(id=offer.id, candidate=text, mid="0", line=0)
        assert await stage.plane.receive("ana", Role.PRESENTER, message) is None
    await viewer.accept(reply)

    await viewer.see(2)


async def test_a_candidate_of_no_session_is_nothing_and_a_malformed_one_is_refused(stage: Stage) -> None:
    viewer = await stage.viewer("ana").connect()
    stray = RtcCandidate(id="older", candidate="rubbish", mid="0", line=0)
    assert await stage.plane.receive("ana", Role.PRESENTER, stray) is None

    reply = await stage.plane.receive(
        "ana", Role.PRESENTER, RtcCandidate(id=viewer.session, candidate="rubbish", mid="0", line=0)
    )
    assert isinstance(reply, Ack)
    assert reply.refusal is Refusal.MALFORMED
