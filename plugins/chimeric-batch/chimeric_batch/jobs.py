"""A request of a batch, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgspec

from chimeric import (
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    Message,
    normalize_messages,
)

__all__ = ["GRACE", "BatchRequest", "BatchResult", "Job", "as_count"]

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
    """A request made into arguments of ``generate``, or what is wrong with it.

    Attributes:
        index: the request's place in the input.
        id: its id, or its place.
        own: what it brings itself, but for the id.
        arguments: what ``generate`` is to be called with.
        error: why it cannot be.
    """

    index: int
    id: str | int
    own: Mapping[str, Any] = {}
    arguments: Mapping[str, Any] = {}
    error: Exception | None = None

    @classmethod
    def of(
        cls,
        index: int,
        request: object,
        defaults: Mapping[str, Any],
        *,
        system: str | None = None,
        needs_model: bool = True,
    ) -> Job:
        """Lay a request over the defaults. A request that cannot be one becomes an error."""
        if is_arguments(request):
            own = dict(cast("dict[str, Any]", request))
            name = own.pop("id", None)
        else:
            own, name = {"messages": request}, None
        if isinstance(name, bool) or not isinstance(name, (str, int, type(None))):
            fault = f"id must be a string or a whole number, not {name!r}"
            return cls(index, index, error=ConfigurationError(fault))
        place = index if name is None else name
        arguments: dict[str, Any] = {"stream": True, **defaults, **own}
        needed = ("model", "messages") if needs_model else ("messages",)
        missing = [key for key in needed if arguments.get(key) is None]
        if missing:
            text = f"the request has no {' and no '.join(missing)}"
            return cls(index, place, own, error=ConfigurationError(text))
        try:
            if system is not None:
                said = normalize_messages(arguments["messages"])
                arguments["messages"] = [Message("system", system), *said]
        except ChimericError as error:
            return cls(index, place, own, error=error)
        return cls(index, place, own, arguments)

    def refused(self, error: Exception) -> Job:
        """The same request, which is not to be asked."""
        return Job(self.index, self.id, self.own, error=error)

    def failed(self, error: Exception) -> BatchResult:
        """The result of a request that has no answer."""
        return BatchResult(id=self.id, index=self.index, error=error)

    def answered(self, response: CompletionResponse) -> BatchResult:
        """The result of a request that has one."""
        return BatchResult(id=self.id, index=self.index, response=response)


def is_arguments(request: object) -> bool:
    """Whether a request is a dict of arguments, rather than one message as a dict."""
    return isinstance(request, dict) and "role" not in request


def as_count(name: str, value: Any) -> int:
    """A whole number from 1.

    Raises:
        ConfigurationError: for anything else; the text names the argument.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{name} must be a number from 1, not {value!r}")
    return value
