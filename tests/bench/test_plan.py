from bench.faults import FAULTS
from bench.plan import SLACK, Plan
from bench.stop import GOALS

TWO = FAULTS[:2]
LONG_S = 1000.0


def taken(plan: Plan, *, left_s: float = LONG_S) -> list[str]:
    names = []
    while (fault := plan.take(left_s=left_s)) is not None:
        names.append(fault.name)
    return names


def test_faults_come_in_rounds() -> None:
    first, second = (fault.name for fault in TWO)

    assert taken(Plan(TWO, rounds=2, most_failures=1)) == [first, second, first, second]


def test_only_what_fits_into_the_time_is_begun() -> None:
    longest_s = max(fault.lasts_s for fault in FAULTS)
    plan = Plan(FAULTS, rounds=1, most_failures=1)

    names = taken(plan, left_s=longest_s * SLACK - 0.001)

    assert "browser_sigkill" not in names
    assert "link_cut" in names
    assert plan.missing()["browser_sigkill"] == 1


def test_a_drive_without_figure_is_driven_again_but_not_for_ever() -> None:
    plan = Plan(TWO[:1], rounds=1, most_failures=2)
    fault = TWO[0]

    tries = 0
    while (again := plan.take(left_s=LONG_S)) is not None:
        tries += 1
        plan.failed(again, "the robot did not get to speed")

    assert tries == 3
    assert plan.missing() == {fault.name: 1}
    assert plan.reasons == {fault.name: "the robot did not get to speed"}


def test_a_fault_that_is_given_up_is_given_up_for_all_rounds() -> None:
    plan = Plan(TWO, rounds=3, most_failures=0)
    first = plan.take(left_s=LONG_S)
    assert first is not None

    plan.failed(first, "no Chromium starts")

    assert taken(plan) == [TWO[1].name] * 3
    assert plan.missing() == {first.name: 3}


def test_a_drive_that_was_made_good_is_not_missing() -> None:
    plan = Plan(TWO[:1], rounds=1, most_failures=2)

    again = plan.take(left_s=LONG_S)
    assert again is not None
    plan.failed(again, "it was starved")
    taken(plan)

    assert not plan.missing()


def test_a_drive_that_there_was_no_time_to_end_is_missing_and_no_failure() -> None:
    plan = Plan(TWO[:1], rounds=1, most_failures=2)
    fault = plan.take(left_s=LONG_S)
    assert fault is not None

    plan.gave_back(fault)

    assert plan.missing() == {fault.name: 1}
    assert not plan.failures


def test_every_fault_of_the_promise_is_driven_into() -> None:
    assert {fault.name for fault in FAULTS} == {
        "link_cut",
        "downlink_cut",
        "agent_sigkill",
        "agent_sigstop",
        "motion_sigkill",
        "browser_sigkill",
        "bridge_sigkill",
        "bridge_sigkill_direct",
        "frozen_picture",
        "stop_presenter",
        "stop_staff",
        "stop_lan_page",
        "lease_revoked",
    }


def test_every_goal_is_of_a_fault_that_is_driven_into() -> None:
    names = [fault.name for fault in FAULTS]

    assert all(any(goal.figure.startswith(name) for name in [*names, "stop_"]) for goal in GOALS)
