from bridge.pace import Pace


def test_so_many_at_once_and_then_one_in_time() -> None:
    pace = Pace(per_second=10, at_once=3)

    assert [pace.take(now_s=5.0) for _ in range(4)] == [True, True, True, False]
    assert not pace.take(now_s=5.09)
    assert pace.take(now_s=5.11)
    assert not pace.take(now_s=5.11)


def test_a_long_silence_saves_up_no_more_than_so_many() -> None:
    pace = Pace(per_second=10, at_once=3)
    pace.take(now_s=0.0)

    assert [pace.take(now_s=1000.0) for _ in range(4)] == [True, True, True, False]
