"""Only WebRTC's signalling is reworded, and only its addresses."""

import json

import pytest

from simulator.network import signalling

SDP = "v=0\r\na=ice-ufrag:x\r\na=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\na=mid:0\r\n"


def test_an_offer_and_a_candidate_lose_their_addresses() -> None:
    offer = json.loads(signalling.hide_addresses(json.dumps({"type": "rtc_offer", "id": "a", "sdp": SDP}).encode()))
    candidate = {"type": "rtc_candidate", "id": "a", "candidate": "candidate:1 1 udp", "mid": "0", "line": 0}
    hidden = json.loads(signalling.hide_addresses(json.dumps(candidate).encode()))

    assert offer == {"type": "rtc_offer", "id": "a", "sdp": "v=0\r\na=ice-ufrag:x\r\na=mid:0\r\n"}
    assert hidden == candidate | {"candidate": None}


def test_the_answer_is_found_and_gets_another_sdp() -> None:
    answer = b'{"type":"rtc_answer","id":"a","sdp":"v=0"}'

    assert signalling.answer_of(answer) == "v=0"
    assert json.loads(signalling.answered(answer, "v=1")) == {"type": "rtc_answer", "id": "a", "sdp": "v=1"}


@pytest.mark.parametrize("message", [b'{"type":"drive","seq":1}', b"{", b'{"type":"rtc_close","id":"a"}', b'["rtc_"]'])
def test_all_else_stays_as_it_is(message: bytes) -> None:
    assert signalling.hide_addresses(message) == message
    assert signalling.answer_of(message) is None
