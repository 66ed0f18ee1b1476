"""What comes in through signalling, made fit for aiortc; no network here."""

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

from teleop_core.wire.messages import RtcCandidate

_CANDIDATE_LINE = "a=candidate:"
_END_OF_CANDIDATES = "a=end-of-candidates"
_ADDRESS_WORD = 4  # foundation component transport priority ADDRESS port typ ... (RFC 8839, 5.1)


def usable_offer(sdp: str) -> str:
    """Return `sdp` without mDNS candidates and without the mark that ends the candidates.

    Resolving an mDNS name costs multicast and seconds, and rarely reaches another network: the browser's own checks
    teach the robot its address instead (a peer-reflexive candidate). For these the ICE agent must keep waiting, and it
    gives up at once when it has no candidate and knows that none will come; the connect deadline ends the wait.
    """
    return "".join(line for line in sdp.splitlines(keepends=True) if not _is_unusable(line))


def candidate_of(message: RtcCandidate) -> RTCIceCandidate | None:
    """Return the trickled candidate, or None for one that is of no use here: mDNS, TCP, or the end of them.

    Raises:
        ValueError: it is not a candidate.
    """
    text = (message.candidate or "").removeprefix("candidate:").strip()
    if not text or _is_mdns(text):
        return None
    try:
        candidate = candidate_from_sdp(text)
    except (AssertionError, IndexError, ValueError) as exc:
        raise ValueError(f"expected an ICE candidate, got {text[:60]!r}") from exc
    if candidate.protocol.lower() != "udp":
        return None
    if message.mid is None and message.line is None:
        raise ValueError("expected a candidate with a mid or a line, got neither")
    candidate.sdpMid = message.mid
    candidate.sdpMLineIndex = message.line
    return candidate


def _is_unusable(line: str) -> bool:
    if line.startswith(_CANDIDATE_LINE):
        return _is_mdns(line.removeprefix(_CANDIDATE_LINE))
    return line.startswith(_END_OF_CANDIDATES)


def _is_mdns(candidate: str) -> bool:
    words = candidate.split()
    return len(words) > _ADDRESS_WORD and words[_ADDRESS_WORD].lower().endswith(".local")
