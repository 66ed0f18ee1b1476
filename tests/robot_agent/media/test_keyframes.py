from robot_agent.media.keyframes import MIN_INTERVAL_NS, KeyframeRequests


def test_no_keyframe_without_a_request() -> None:
    assert not KeyframeRequests().grant(now_ns=0)


def test_many_requests_make_one_keyframe() -> None:
    requests = KeyframeRequests()
    for _ in range(10):
        requests.ask()

    assert [requests.grant(now_ns=n) for n in range(3)] == [True, False, False]


def test_a_request_right_after_a_keyframe_waits_for_the_interval_and_is_not_lost() -> None:
    requests = KeyframeRequests()
    requests.ask()
    assert requests.grant(now_ns=0)

    requests.ask()
    assert not requests.grant(now_ns=MIN_INTERVAL_NS - 1)
    assert requests.grant(now_ns=MIN_INTERVAL_NS)
    assert not requests.grant(now_ns=10 * MIN_INTERVAL_NS)


def test_a_keyframe_that_came_by_itself_serves_who_had_asked() -> None:
    requests = KeyframeRequests()
    requests.ask()
    requests.made(now_ns=0)
    assert not requests.grant(now_ns=MIN_INTERVAL_NS)

    requests.ask()
    requests.made(now_ns=MIN_INTERVAL_NS)
    requests.ask()
    assert not requests.grant(now_ns=2 * MIN_INTERVAL_NS - 1)
    assert requests.grant(now_ns=2 * MIN_INTERVAL_NS)
