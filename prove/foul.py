"""What a referee cries."""


class Foul(AssertionError):
    """An invariant of the design was broken."""


def require(is_so: object, foul: str) -> None:
    """Raise `Foul` unless `is_so`; an assertion that no switch of the interpreter turns off."""
    if not is_so:
        raise Foul(foul)
