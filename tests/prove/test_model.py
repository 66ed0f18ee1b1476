"""The model: the rules hold in every state, planted bugs do not, and a missing tool is named."""

import shutil

import pytest

from prove.model import check


@pytest.fixture(scope="module")
def spin() -> None:
    """Have Spin here; only where it may not be installed is the model left out, which the checks say at their end."""
    try:
        check.find_tools(may_install=True)
    except check.NotHereError as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("spin")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("bug", [None, "NO_FENCE", "RESET_KEEPS_FENCE"])
def test_the_rules_hold_and_a_planted_bug_is_found(bug: str | None) -> None:
    visit = check.visit(bug)

    assert visit.is_right, str(visit)


@pytest.mark.parametrize("tool", ["gcc", "spin"])
def test_a_missing_tool_is_named(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else f"/usr/bin/{name}")

    with pytest.raises(check.NotHereError, match=f"{tool} is not installed"):
        check.find_tools(may_install=False)


def test_a_search_that_was_cut_short_proves_nothing() -> None:
    assert not check.Visit(None, errors=0, states=1, depth=1, is_whole=False).is_right
    assert not check.Visit("NO_FENCE", errors=0, states=1, depth=1, is_whole=True).is_right
