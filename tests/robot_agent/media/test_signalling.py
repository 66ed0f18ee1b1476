import pytest

from robot_agent.media.signalling import candidate_of, usable_offer
from teleop_core.wire.messages import RtcCandidate

HOST = "candidate:1 1 udp 2122194687 192.0.2.2 48196 typ host generation 0 ufrag Dp3o network-id 1"
HIDDEN = "candidate:2 1 udp 2113937151 5a3b-11.local 51472 typ host generation 0"
TCP = "candidate:3 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active"


def trickled(candidate: str | None, *, mid: str | None = "0", line: int | None = 0) -> RtcCandidate:
    return RtcCandidate(id="s", candidate=candidate, mid=mid, line=line)


def test_an_offer_loses_its_hidden_candidates_and_the_end_mark_and_nothing_else() -> None:
    offer = f"v=0\r\nm=video 9\r\na={HOST}\r\na={HIDDEN}\r\na=mid:0\r\na=end-of-candidates\r\n"

    assert usable_offer(offer) == f"v=0\r\nm=video 9\r\na={HOST}\r\na=mid:0\r\n"


def test_a_trickled_candidate_is_understood() -> None:
    candidate = candidate_of(trickled(HOST))

    assert candidate is not None
    assert (candidate.ip, candidate.port, candidate.sdpMid, candidate.sdpMLineIndex) == ("192.0.2.2", 48196, "0", 0)


@pytest.mark.parametrize("text", [HIDDEN, TCP, "", None], ids=["mdns", "tcp", "empty", "end"])
def test_a_candidate_of_no_use_is_none(text: str | None) -> None:
    assert candidate_of(trickled(text)) is None


@pytest.mark.parametrize("text", ["rubbish", "candidate:1 1 udp x 192.0.2.2 1 typ host", "a b c d e f g"])
def test_a_malformed_candidate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an ICE candidate"):
        candidate_of(trickled(text))


def test_a_candidate_for_no_section_is_refused() -> None:
    with pytest.raises(ValueError, match="mid or a line"):
        candidate_of(trickled(HOST, mid=None, line=None))
