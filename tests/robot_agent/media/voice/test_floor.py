"""Who is heard in the hall."""

from robot_agent.media.voice.floor import Speaking, backstage, heard
from teleop_core.wire.messages import Role

ANA = Speaking("ana", Role.PRESENTER, since_ns=500)
BO = Speaking("bo", Role.STAFF, since_ns=100)
CY = Speaking("cy", Role.PRESENTER, since_ns=300)
EVERY = {Role.PRESENTER, Role.STAFF}


def who(*speaking: Speaking, driver: str | None = "ana", muted: frozenset[str] = frozenset(), limit: int = 3) -> str:
    return " ".join(heard(speaking, driver=driver, muted=muted, roles=EVERY, limit=limit))


def test_the_driver_comes_first_then_whoever_began_first() -> None:
    assert who(CY, BO, ANA) == "ana bo cy"
    assert who(CY, BO, ANA, driver=None) == "bo cy ana"


def test_there_are_no_more_voices_than_allowed_and_the_driver_is_always_among_them() -> None:
    assert who(BO, CY, ANA, limit=2) == "ana bo"
    assert who(BO, CY, ANA, limit=1) == "ana"


def test_observers_and_whoever_is_muted_are_not_heard() -> None:
    observer = Speaking("olu", Role.OBSERVER, since_ns=0)

    assert who(observer, ANA, BO, muted=frozenset({"bo"})) == "ana"
    assert who(observer, driver="olu") == ""
    assert who(ANA, muted=frozenset({"ana"})) == ""


def test_roles_that_may_not_be_heard_are_not() -> None:
    assert heard([ANA, BO], driver=None, muted=(), roles={Role.STAFF}, limit=3) == ("bo",)


def test_backstage_one_speaks_at_a_time_and_the_hall_hears_nothing_of_it() -> None:
    whispers = [Speaking(each.peer, each.role, each.since_ns, backstage=True) for each in (ANA, BO)]

    assert backstage(whispers, muted=()) == "bo"
    assert backstage(whispers, muted={"bo"}) == "ana"
    assert backstage([CY], muted=()) is None
    assert who(*whispers, CY) == "cy"
