"""What goes wrong with a server, in words for whoever has to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

__all__ = ["MCPServerError", "first_of", "is_broken", "is_late"]

CONNECTION_CLOSED = -32000
SESSION_ENDED = "Session terminated"
TIMED_OUT = -32001


class MCPServerError(Exception):
    """A server cannot be used: it does not start, does not answer, or has gone.

    The text names the server, what was seen of it, and what to look at.
    """


def first_of(error: BaseException) -> BaseException:
    """The first error of a group that is none itself: anyio wraps what its tasks raise."""
    return next(_leaves(error), error)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(inner)
    else:
        yield error


def is_broken(error: BaseException) -> bool:
    """Whether an error of a call tells that its connection is of no use any more."""
    error = first_of(error)
    code = getattr(getattr(error, "error", None), "code", getattr(error, "code", None))
    if code is None:
        return not isinstance(error, (TimeoutError, RuntimeError, ValueError))
    return code == CONNECTION_CLOSED or SESSION_ENDED in str(error)


def is_late(error: BaseException) -> bool:
    """Whether an error of a call tells that its time has passed."""
    code = getattr(getattr(error, "error", None), "code", getattr(error, "code", None))
    return isinstance(error, TimeoutError) or code == TIMED_OUT
