"""Which protocol an upstream speaks: told by the request that its plugin builds.

No list of providers says so: a provider may speak several, by its options (``api``), its base URL
or the model. So a request is made as the real client would make it, and looked at instead of sent.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn
from urllib.parse import urlsplit

import msgspec

from chimeric import (
    Chimeric,
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    Started,
    Transport,
    WireRequest,
    hookimpl,
)
from chimeric_gateway.shapes import is_object

__all__ = ["ProtocolOrNone", "Protocols", "Target", "protocol_of"]

ProtocolOrNone = Literal["chat_completions", "responses", "messages", ""]

PATHS: Mapping[str, ProtocolOrNone] = {
    "/chat/completions": "chat_completions",
    "/responses": "responses",
    "/messages": "messages",
}
NOWHERE = "http://127.0.0.1:9"
"""Stands for the address of a service that a provider would start for the request."""

MOST = 512
"""Models that are remembered: an operator names few, an attacker may name many."""


class Target(msgspec.Struct, frozen=True):
    """Where the requests for a model go.

    Attributes:
        protocol: what is spoken there; "" for what no client speaks.
        provider: the core's name of the provider.
        hosts: its address, in the forms that a text may have it in.
        takes: names of the provider's own parameters.
    """

    protocol: ProtocolOrNone = ""
    provider: str = ""
    hosts: tuple[str, ...] = ()
    takes: frozenset[str] | None = None


class Protocols:
    """The protocols that the models of a client speak.

    Args:
        endpoints: those of the client.
        client: whose providers are asked.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], client: Chimeric) -> None:
        self._client = Chimeric(
            endpoints=endpoints,
            # Middleware would count, log or answer what is no call.
            only_plugins=client.available_providers,
            plugins=[Looking()],
            transport=Looking.name,
            max_retries=0,
        )
        setups = client.provider_setups()
        self._started = {
            setup.name
            for setup in setups
            if setup.declaration.service is not None and setup.base_url is None
        }
        self._takes = {setup.name: frozenset(setup.declaration.params) for setup in setups}
        self._known: OrderedDict[str, Target] = OrderedDict()

    def of(self, model: str) -> Target:
        """Where the requests for a model go.

        Raises:
            ConfigurationError: when nothing serves the model, or what serves it has no address.
        """
        known = self._known.get(model)
        if known is None:
            seen = self._look(model, api_key="unused")
            known = self._known[model] = Target() if seen is None else self._target(seen)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return known

    def is_set_up(self, model: str) -> bool:
        """Whether a request to a model can be made with what it is set up with, its key too."""
        try:
            self._look(model)
        except ConfigurationError:
            return False
        return True

    def close(self) -> None:
        """Let go of it."""
        self._client.close()

    def _target(self, request: WireRequest) -> Target:
        url, context = urlsplit(request.url), request.context
        hosts = (url.netloc.rpartition("@")[2], url.hostname or "")
        provider = "" if context is None else context.provider
        takes = self._takes.get(provider)
        return Target(protocol_of(request), provider, tuple(filter(None, hosts)), takes)

    def _look(self, model: str, **arguments: Any) -> WireRequest | None:
        looked = Looked()
        if model.partition(":")[0] in self._started:
            arguments["base_url"] = NOWHERE
        with contextlib.suppress(ConnectionFailedError):
            self._client.generate(model, "Hi", user_context=looked, **arguments)
        return looked.seen


def protocol_of(request: WireRequest) -> ProtocolOrNone:
    """What protocol a request is of; "" for none that clients speak."""
    path = request.url.partition("?")[0].rstrip("/")
    for end, protocol in PATHS.items():
        if path.endswith(end):
            return protocol
    return "messages" if _is_claude(request) else ""


def _is_claude(request: WireRequest) -> bool:
    """Clouds take Anthropic's body at paths of their own, and its version stands in the body."""
    try:
        body: Any = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return False
    return is_object(body) and "anthropic_version" in body and "messages" in body


class Looked:
    """Keeps the request that a call would have sent."""

    seen: WireRequest | None = None


class Looking:
    """A plugin whose transport shows a request to the caller's ``user_context``, and sends none."""

    name = "chimeric-gateway-looking"

    @hookimpl
    def chimeric_transport(self, name: str, asynchronous: bool) -> Callable[[], Transport] | None:
        """The transport."""
        return _NoTransport if name == self.name and not asynchronous else None


class _NoTransport:
    def open(self, request: WireRequest, started: Started) -> NoReturn:
        if request.context is not None and isinstance(request.context.user, Looked):
            request.context.user.seen = request
        raise ConnectionFailedError("nothing is sent")

    def close(self) -> None:
        """There is nothing to close."""
