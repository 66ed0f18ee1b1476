"""A task that is to end ends, whatever else happens in the same moment."""

import asyncio


def end_if_cancelled() -> None:
    """Go on, unless this task was cancelled meanwhile.

    For whoever handles what a `TaskGroup` raised: when a child fails in the moment in which the task itself is
    cancelled, Python before 3.13 raises what the child raised, and the cancellation is lost (python/cpython#116720).

    Raises:
        CancelledError: it was cancelled.

    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
