"""Everything that one call needs, gathered before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ConfigurationError
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

if TYPE_CHECKING:
    from chimeric.values.hooks.credentials import Credentials

    from .hooks.credentials import Vault

__all__ = ["Call", "Route"]


class Route(msgspec.Struct, frozen=True):
    """Where a request goes: the provider's plugin, its set-up, its key, the bare model name.

    Attributes:
        ask_key: a callable that returns the key, where the caller gave one.
        key_given: whether call, endpoint or client were given a key.
        key_missing: the error for a key that is needed and not there; a plugin may bring it.
        credentials: what a plugin brought.
    """

    plugin: ProviderPlugin
    config: ProviderConfig
    secret: Secret | None
    model: str
    ask_key: Callable[[], Any] | None = None
    key_given: bool = False
    key_missing: ConfigurationError | None = None
    credentials: Credentials | None = None


class Call:
    """One call of ``generate``: its request, its settings and its accumulated state."""

    __slots__ = (
        "answer",
        "chain",
        "context",
        "deadline",
        "headers",
        "hooks",
        "keeps_deltas",
        "limits",
        "max_parallel_tools",
        "request",
        "retry",
        "route",
        "strict",
        "timeout",
        "vault",
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
        vault: Callable[[], Vault],
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
        self.vault = vault
        self.keeps_deltas = bool(hooks.of("chimeric_finish_turn"))
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

        reader = PrefixReader(answer.log)

        def partial(chunk: StreamChunk) -> Any:
            return reader.value(chunk._before, chunk.delta or "")

        return partial
