import msgspec
import pytest

from robot_agent.media.settings import VideoSettings


def test_a_rendition_may_be_set_in_part() -> None:
    settings = msgspec.convert({"low": {"scale": 0.25}}, VideoSettings)

    assert (settings.low.scale, settings.low.ceiling_bps) == (0.25, 800_000)
    assert settings.high == VideoSettings().high


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"high": {"floor_bps": 3_000_000}}, "floor_bps at most ceiling_bps, got 3000000 and 2500000"),
        ({"low": {"scale": 2}}, r"<= 1.0 - at `\$.low.scale`"),
        ({"bitrate_bps": 1_500_000}, "unknown field `bitrate_bps`"),
    ],
    ids=["floor", "scale", "unknown"],
)
def test_what_cannot_be_is_refused_with_the_key_and_what_it_wants(table: dict[str, object], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(table, VideoSettings)
