"""The parser state of xAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_responses import ResponsesState

from chimeric import ErrorInfo, Request, Usage

from .errors import read_error

if TYPE_CHECKING:
    from chimeric_responses import CallKind

__all__ = ["GrokState"]


class GrokState(ResponsesState):
    """OpenAI's events, with xAI's errors, its tools and its way of counting.

    Its encrypted reasoning is its own, hence an ``api`` of its own.
    """

    api = "xai.responses"

    def __init__(self, request: Request | None = None) -> None:
        super().__init__(request)
        self._offered = _offered(request) if request is not None else set[str]()

    def asks(self, value: Mapping[str, Any]) -> CallKind | None:
        """As what the caller has to answer an item.

        Searches on X come as custom tools too; those that were not offered are xAI's own.
        """
        kind = super().asks(value)
        return None if kind == "custom" and value.get("name") not in self._offered else kind

    def usage(self, native: Mapping[str, Any]) -> Usage:
        """Token counts; a ``cached_tokens`` above ``input_tokens`` was not counted in these."""
        usage = super().usage(native)
        prompt, cached = usage.prompt_tokens, usage.cached_tokens
        if prompt is None or cached is None or cached <= prompt:
            return usage
        return msgspec.structs.replace(usage, prompt_tokens=prompt + cached)

    def fault(self, body: Mapping[str, Any]) -> ErrorInfo:
        """The error that an event or a body tells."""
        return read_error(body) or super().fault(body)


def _offered(request: Request) -> set[str]:
    """Names of the tools of a request, those that were given in xAI's own form too."""
    names = {tool.name for tool in request.tools}
    given: list[Any] = request.extra_body.get("tools") or []
    return names | {str(tool["name"]) for tool in given if "name" in tool}
