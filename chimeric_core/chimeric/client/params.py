"""The arguments of ``generate`` made into a ``Request``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chimeric.errors import ConfigurationError
from chimeric.plugins.registry import Registry
from chimeric.values.messages import MessageInput, normalize_messages
from chimeric.values.requests import Request
from chimeric.values.tools import Tool

__all__ = ["as_count", "make_request"]


def make_request(
    model: str,
    messages: MessageInput,
    *,
    stream: bool,
    native: bool,
    provider: str | None,
    tools: Iterable[Any] | None,
    registered: Iterable[Tool],
    params: Mapping[str, Any],
    registry: Registry,
) -> Request:
    """Check and normalise the arguments of one call.

    Dicts that the core does not know are read by the providers of the ``registry`` that do.

    Raises:
        ConfigurationError: for a value that cannot be meant; the text names the parameter.
        ToolRegistrationError: for a tool that cannot be one, or two of one name.
    """

    def read(*asked: Any) -> Any:
        from .arguments.foreign import ForeignForms  # most calls have no dict of such a form

        return ForeignForms(registry)(*asked)

    said = normalize_messages(messages, read)
    offered = tuple(registered)
    known: dict[str, Any] = {}
    rest = {name: value for name, value in params.items() if value is not None}
    if tools or rest:
        from .arguments.unified import offer, take_known  # many calls bring neither

        offered = offer(tools or (), offered, read)
        known = take_known(rest)
    return Request(
        model=model,
        messages=said,
        stream=stream,
        native=native,
        provider=provider,
        tools=offered,
        extra=rest,
        options=rest,
        **known,
    )


def as_count(name: str, value: Any) -> int:
    """A number from 0 on.

    Raises:
        ConfigurationError: for anything else; the text names the parameter.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"{name} must be a number from 0, not {value!r}")
    return value
