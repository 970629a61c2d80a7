"""Everything that one call needs, gathered before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from chimeric.masking import Masker
    from chimeric.stream.delivery import Delivery
    from chimeric.values.hooks.credentials import Credentials
    from chimeric.values.responses import CompletionResponse

    from .hooks.credentials import Vault

__all__ = ["Call", "Route"]


class Route(msgspec.Struct, frozen=True):
    """Where a request goes: the provider's plugin, its set-up, its key, the bare model name.

    Attributes:
        plugin: the provider's hooks.
        config: its set-up.
        secret: its key, or None.
        model: the model's name at the provider.
        ask_key: what returns the key where it is a callable.
        key_given: whether call, endpoint or constructor give the key, so that nobody is asked.
        key_missing: what to tell where a key is needed and there is none.
        headers: headers of the client and of the endpoint.
        withheld: credentials among the headers of the call that are for another target.
        on_plain_http: to be called before a key goes over plain http to another machine.
        credentials: what a plugin brought.
    """

    plugin: ProviderPlugin
    config: ProviderConfig
    secret: Secret | None
    model: str
    ask_key: Callable[[], Any] | None = None
    key_given: bool = False
    key_missing: str | None = None
    headers: Mapping[str, str] = {}
    withheld: Mapping[str, str] = {}
    on_plain_http: Callable[[], None] | None = None
    credentials: Credentials | None = None

    def caller_headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """A request's own headers, without the credentials that are for another target."""
        withheld = self.withheld
        if not withheld:
            return headers
        return {name: v for name, v in headers.items() if withheld.get(name.lower()) != v}


class Call(msgspec.Struct, kw_only=True, eq=False):
    """One call of ``generate``: its request, its settings and its accumulated state.

    ``heard`` is what the last attempt was answered with: the headers, and what makes the masker of
    its secrets.
    """

    request: Request
    context: Context
    answer: Answer
    route: Callable[[Request], Route]
    hooks: Hooks
    timeout: Timeout
    retry: RetryPolicy
    limits: Limits
    strict: bool
    max_parallel_tools: int
    vault: Callable[[], Vault]
    delivery: Delivery | None = None
    keep_raw: bool = True
    keeps_deltas: bool = False
    heard: tuple[Mapping[str, str], Callable[[], Masker]] | None = None
    warned: frozenset[str] = frozenset()
    deadline: float | None = None

    def __post_init__(self) -> None:
        self.keeps_deltas = bool(self.hooks.of("chimeric_finish_turn"))
        self.context._has_content = self.answer.has_content
        self.context._end_turn = self.answer.cut
        chain = self.hooks.chunk_chain(self.context)
        if chain:
            from chimeric.stream.delivery import Delivery  # of no use without middleware

            self.delivery = Delivery(chain, self.answer)
        total = self.timeout.total
        self.deadline = None if total is None else time.monotonic() + total

    def partial_reader(self, answer: Answer) -> Callable[[StreamChunk], Any] | None:
        """Reads the best valid prefix of a structured answer, or None when none was asked for."""
        wanted = self.request.response_format
        if wanted is None or wanted.kind == "text":
            return None
        from .structured_output import PrefixReader

        return PrefixReader(answer.log).of_chunk

    def response(self) -> CompletionResponse:
        """What was delivered so far, and how it came, as the caller's own copy."""
        from .answers.arrived import arrived  # whoever only reads the chunks asks for none

        return arrived(self)

    def broken_off(self) -> CompletionResponse:
        """What was delivered of an answer that nothing more comes of."""
        self.answer.broken = True
        return self.response()
