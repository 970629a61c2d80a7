"""A request of a batch, and what becomes of it."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import msgspec

from chimeric import CompletionResponse, ConfigurationError, Message

__all__ = ["GRACE", "BatchRequest", "BatchResult", "Job", "check_concurrency"]

BatchRequest: TypeAlias = str | Message | list[Any] | dict[str, Any]
"""A request of a batch: arguments of ``generate`` as a dict, or just the messages."""

GRACE = 1.0
"""Seconds that closing waits for what is under way to end; it is told to end at once."""


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What became of one request: either ``response`` or ``error`` is set.

    Attributes:
        id: the request's own ``id``, or its place when it has none.
        index: the request's place in the input, from 0.
        response: the complete answer.
        error: why there is none; ``error.partial`` holds what had arrived.
    """

    id: str | int
    index: int
    response: CompletionResponse | None = None
    error: Exception | None = None


class Job(msgspec.Struct, frozen=True):
    """A request made into arguments of ``generate``, or what is wrong with it."""

    index: int
    id: str | int
    arguments: dict[str, Any] = {}
    error: Exception | None = None

    @classmethod
    def of(cls, index: int, request: object, defaults: dict[str, Any]) -> Job:
        """Lay a request over the defaults. A request that cannot be one becomes an error."""
        own = dict(cast("dict[str, Any]", request)) if is_arguments(request) else None
        name = own.pop("id", None) if own is not None else None
        given = own if own is not None else {"messages": request}
        arguments = {"stream": True, **defaults, **given}
        missing = [key for key in ("model", "messages") if arguments.get(key) is None]
        if isinstance(name, bool) or not isinstance(name, (str, int, type(None))):
            return cls(index, index, error=ConfigurationError(f"id must be a string, not {name!r}"))
        place = index if name is None else name
        if missing:
            text = f"the request has no {' and no '.join(missing)}"
            return cls(index, place, error=ConfigurationError(text))
        return cls(index, place, arguments)

    def failed(self, error: Exception) -> BatchResult:
        """The result of a request that has no answer."""
        return BatchResult(id=self.id, index=self.index, error=error)

    def answered(self, response: CompletionResponse) -> BatchResult:
        """The result of a request that has one."""
        return BatchResult(id=self.id, index=self.index, response=response)


def is_arguments(request: object) -> bool:
    """Whether a request is a dict of arguments, rather than one message as a dict."""
    return isinstance(request, dict) and "role" not in request


def check_concurrency(value: Any) -> int:
    """``value`` if it can be a number of requests.

    Raises:
        ConfigurationError: when it cannot.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"concurrency must be a number from 1, not {value!r}")
    return value
