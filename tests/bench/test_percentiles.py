import pytest

from bench.percentiles import percentile, spread


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]

    assert [percentile(values, percent) for percent in (1, 20, 21, 50, 99, 100)] == [1.0, 1.0, 2.0, 3.0, 5.0, 5.0]


def test_of_twenty_values_the_99th_percentile_is_the_largest() -> None:
    assert percentile(range(20), 99) == 19


def test_of_a_hundred_and_more_it_leaves_the_largest_out() -> None:
    assert percentile(range(1, 101), 99) == 99
    assert percentile(range(1, 201), 99) == 198


@pytest.mark.parametrize(("values", "percent"), [([], 50.0), ([1.0], 0.0), ([1.0], 100.1)])
def test_nothing_has_no_percentile(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="expected values and a percent"):
        percentile(values, percent)


def test_a_spread_names_the_middle_the_99th_and_the_most() -> None:
    assert spread("rest_s", iter([3.0, 1.0, 2.0])) == {"rest_s_p50": 2.0, "rest_s_p99": 3.0, "rest_s_max": 3.0}


def test_a_spread_of_nothing_is_no_figure() -> None:
    assert spread("rest_s", []) == {}
