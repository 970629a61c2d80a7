"""The parser state of xAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from chimeric_responses import ResponsesState

from chimeric import ErrorInfo, Usage

from .errors import read_error

__all__ = ["GrokState"]


class GrokState(ResponsesState):
    """OpenAI's events, with xAI's errors and its way of counting.

    Its encrypted reasoning is its own, hence an ``api`` of its own.
    """

    api = "xai.responses"

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
