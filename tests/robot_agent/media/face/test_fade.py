import pytest

from robot_agent.media.face.fade import FADE_NS, GONE_AFTER_NS, Fade
from teleop_core.timebase import ms


def test_the_card_alone_is_seen_before_a_face_comes() -> None:
    fade = Fade()

    assert [fade.share(now_ns=ms(at)) for at in (0, 1_000, 2_000)] == [0.0, 0.0, 0.0]


def test_the_face_comes_in_gradually() -> None:
    fade = Fade()
    fade.share(now_ns=0)
    fade.came(now_ns=0)

    assert fade.share(now_ns=FADE_NS // 2) == pytest.approx(0.5)
    assert fade.share(now_ns=FADE_NS) == 1.0


def test_a_face_that_stays_away_for_700_ms_fades_into_the_card_without_a_jump() -> None:
    fade = Fade()
    fade.share(now_ns=0)
    fade.came(now_ns=FADE_NS)
    assert fade.share(now_ns=FADE_NS + GONE_AFTER_NS - 1) == 1.0

    shares = [fade.share(now_ns=FADE_NS + GONE_AFTER_NS - 1 + ms(step)) for step in range(1, 400)]

    steps = [before - after for before, after in zip([1.0, *shares], shares, strict=False)]
    assert max(steps) <= ms(1) / FADE_NS + 1e-9
    assert min(steps) >= 0
    assert shares[-1] == 0.0


def test_a_face_that_comes_back_half_way_turns_round_there() -> None:
    fade = Fade()
    fade.share(now_ns=0)
    fade.came(now_ns=0)
    fade.share(now_ns=ms(690))
    half_way_ns = ms(690) + FADE_NS // 2
    fade.came(now_ns=-GONE_AFTER_NS)  # long gone
    faded = fade.share(now_ns=half_way_ns)
    fade.came(now_ns=half_way_ns)

    assert faded == pytest.approx(0.5)
    assert fade.share(now_ns=half_way_ns + ms(30)) == pytest.approx(0.6)
