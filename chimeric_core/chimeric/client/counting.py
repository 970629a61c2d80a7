"""How many tokens a request has, where the provider tells: its request, with another answer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric.errors import ChimericError, ModelNotSupportedError
from chimeric.exchange.effects import Effect
from chimeric.exchange.hooks.verdicts import prepared
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.messages import MessageInput
from chimeric.values.requests import HTTPRequest, HTTPResponse

from .engine import Engine
from .listing import Inquiry

__all__ = ["Count", "asked", "counted"]


def counted(
    engine: Engine, model: str, messages: MessageInput, tools: Any, params: dict[str, Any]
) -> Generator[Effect, Any, int]:
    """Count the tokens of what a call would send."""
    auto_tool, provider = params.pop("auto_tool", True), params.pop("provider", None)
    call = engine.call(model, messages, False, tools, auto_tool, False, provider, params)
    return asked(engine, Count(call))


def asked(engine: Engine, count: Count) -> Generator[Effect, Any, int]:
    """Count what would be sent, with what middleware does to a request.

    Raises:
        ModelNotSupportedError: when the provider does not count.
    """
    call = count.call
    request = call.request
    if call.hooks.of("chimeric_prepare_request"):
        request = yield from prepared(call, request)
    plugin = call.route(request).plugin
    if not _counts(plugin):
        able = [p.name for p in engine.registry.load_providers() if _counts(p)]
        raise ModelNotSupportedError(
            f"{plugin.name} does not count the tokens of a request; of what is installed "
            f"{', '.join(able) or 'no provider'} does",
            provider=plugin.name,
        )
    try:
        yield from count.made(request)
    except ChimericError as error:
        count.explain(error)
        raise
    return count.tokens


def _counts(plugin: ProviderPlugin) -> bool:
    return plugin.count_tokens is not None and plugin.parse_count is not None


class Count(Inquiry):
    """The attempts at a count."""

    hook = "chimeric_parse_count"
    tokens = 0

    def build(self) -> HTTPRequest:
        count = self.route.plugin.count_tokens
        assert count is not None
        return count(super().build(), self.request, self.route.config)

    def told(self, response: HTTPResponse) -> None:
        parse = self.route.plugin.parse_count
        assert parse is not None
        self.tokens = int(parse(response, self.route.config))
