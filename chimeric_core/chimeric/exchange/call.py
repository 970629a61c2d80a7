"""Everything that one call needs, gathered before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chimeric.plugins.hooks import Hooks
from chimeric.plugins.provider import ProviderConfig
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.stream.answer import Answer
from chimeric.values.chunks import StreamChunk
from chimeric.values.context import Context
from chimeric.values.limits import Limits, Timeout
from chimeric.values.requests import Request
from chimeric.values.secrets import Secret

from .retry import RetryPolicy

__all__ = ["Call", "Route"]


class Route(msgspec.Struct, frozen=True):
    """Where a request goes: the provider's plugin, its set-up, its key, the bare model name."""

    plugin: ProviderPlugin
    config: ProviderConfig
    secret: Secret | None
    model: str


class Call:
    """One call of ``generate``: its request, its settings and its accumulated state."""

    __slots__ = (
        "answer",
        "chain",
        "context",
        "deadline",
        "headers",
        "hooks",
        "limits",
        "max_parallel_tools",
        "request",
        "retry",
        "route",
        "strict",
        "timeout",
        "warned",
    )

    def __init__(
        self,
        request: Request,
        *,
        route: Callable[[Request], Route],
        hooks: Hooks,
        timeout: Timeout,
        retry: RetryPolicy,
        limits: Limits,
        headers: Mapping[str, str],
        strict: bool,
        max_parallel_tools: int,
    ) -> None:
        self.request = request
        self.route = route
        self.hooks = hooks
        self.timeout = timeout
        self.retry = retry
        self.limits = limits
        self.headers = headers
        self.strict = strict
        self.max_parallel_tools = max_parallel_tools
        self.context = Context(request)
        self.answer = Answer(request)
        self.context._has_content = self.answer.has_content
        self.chain = hooks.chunk_chain(self.context)
        self.warned: frozenset[str] = frozenset()
        self.deadline = None if timeout.total is None else time.monotonic() + timeout.total

    def partial_reader(self, answer: Answer) -> Callable[[StreamChunk], Any] | None:
        """Reads the best valid prefix of a structured answer, or None when none was asked for."""
        wanted = self.request.response_format
        if wanted is None or wanted.kind == "text":
            return None
        from .structured_output import PrefixReader

        return PrefixReader(answer.log).of_chunk
