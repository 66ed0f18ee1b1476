"""Where the page is, and under which names a browser may ask for it."""

import pytest

from robot_agent.local_stop.address import is_ours, reachable_hosts


@pytest.mark.parametrize(
    "host",
    ["192.168.1.5:8090", "192.168.1.5", "[fe80::1]:8090", "[::1]", "localhost:8090", "stage-1", "stage-1.local:8090"],
)
def test_a_hall_knows_machines_by_address_and_by_local_names(host: str) -> None:
    assert is_ours(host)


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example:8090", "192.168.1.5.evil.example", "a b", "stage-1\r\n", "x/y", "local.evil.com", ":8090"],
    ids=repr,
)
def test_a_name_of_the_internet_is_not_ours(host: str | None) -> None:
    assert not is_ours(host)


def test_a_chosen_address_is_where_it_is_reached() -> None:
    assert reachable_hosts("127.0.0.1") == ("127.0.0.1",)
    assert reachable_hosts("fe80::1") == ("[fe80::1]",)
    assert reachable_hosts("stage-1.local") == ("stage-1.local",)


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::"])  # noqa: S104 -- nothing listens
def test_listening_everywhere_gives_every_address_that_a_phone_could_use(everywhere: str) -> None:
    hosts = reachable_hosts(everywhere)

    assert hosts
    assert everywhere not in hosts
    assert len(set(hosts)) == len(hosts)
