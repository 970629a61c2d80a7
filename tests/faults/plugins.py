"""Plugins of the tests of faults: a provider, and middleware of single hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimeric_testing import LoopbackServer

from chimeric import BadRequestError, Chimeric, Delta, HTTPRequest, Provider, hookimpl


class Ours(BadRequestError, ValueError):
    """A typed error that is a ValueError too, as a plugin may define."""


class Acme:
    """A provider that does what its events say."""

    url = ""
    framing = "sse"

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="acme", base_url="http://127.0.0.1:1", key_required=False, framing=self.framing
        )

    @hookimpl
    def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
        return HTTPRequest(method="POST", url=self.url or f"{provider.base_url}/x", body={})

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any:
        text = event.data.decode()
        if text == "end":
            return Delta(done=True)
        if text == "refuse":
            raise Ours("not with this provider")
        return text

    @hookimpl
    def chimeric_parse_response(self, response: Any, state: Any) -> Any:
        raise Ours("not with this provider")


def acme_of(server: LoopbackServer, plugin: Any = None, **more: Any) -> Chimeric:
    plugins = [plugin or Acme(), *more.pop("plugins", ())]
    return Chimeric(plugins=plugins, base_urls={"acme": server.url}, max_retries=0, **more)


ASK_ACME: dict[str, Any] = {"model": "acme:m", "messages": "Hello", "stream": True}


def middleware(**hooks: Callable[..., Any]) -> Any:
    """A plugin object with these hooks."""
    marked = {name: staticmethod(hookimpl(function)) for name, function in hooks.items()}
    return type("Middle", (), marked)()
