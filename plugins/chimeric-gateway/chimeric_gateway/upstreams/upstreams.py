"""The models that clients may name, and what asks each of them."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from chimeric import Chimeric, ChimericError, ConfigurationError, ProviderNotFoundError
from chimeric_gateway.answering.same_protocol import Tap
from chimeric_gateway.config import ModelSettings, Settings
from chimeric_gateway.refusal import Refusal

from .extras import Extras
from .failures import refusal_of, unknown_model
from .protocols import ProtocolOrNone, Protocols, Target

__all__ = ["Asker", "Upstream", "Upstreams"]


class Asker(Protocol):
    """A client, or what asks in its place."""

    async def agenerate(
        self, model: str, messages: Any, stream: bool = False, **params: Any
    ) -> Any:
        """Ask a model."""
        ...


class Upstream(msgspec.Struct, frozen=True):
    """What is behind a name.

    Attributes:
        model: what the core is asked for.
        asker: what is asked.
        protocol: what the provider speaks, of those that clients speak; else "".
        provider: the core's name of it, where the protocol is known.
        takes: names of the provider's own parameters; None where they are not known.
        arguments: of each call, for what the client does not say.
        use: plugins of each call.
    """

    model: str
    asker: Asker
    protocol: ProtocolOrNone = ""
    provider: str = ""
    takes: frozenset[str] | None = None
    arguments: dict[str, Any] = {}
    use: tuple[object, ...] = ()


class Upstreams:
    """The client of a process, and the models that it serves. ``close`` it.

    Args:
        settings: what the operator wants.

    Raises:
        ConfigurationError: for endpoints that cannot be.
    """

    def __init__(self, settings: Settings) -> None:
        self.client = Chimeric(
            endpoints=settings.endpoints,
            max_retries=settings.max_retries,
            timeout=settings.timeout,
            plugins=[Tap()],
        )
        self._settings = settings
        self._protocols = Protocols(settings.endpoints, self.client)
        self._extras = Extras(settings.models.values(), settings.redis)
        self._named = {name: self._upstream(model) for name, model in settings.models.items()}

    def of(self, name: str) -> Upstream:
        """What is behind a client's name of a model.

        Raises:
            Refusal: 404 where nothing is.
        """
        if self._settings.models:
            found = self._named.get(name)
            if found is None:
                raise unknown_model(name)
            return found
        settings = self._settings
        try:
            return self._upstream(
                ModelSettings(name=name, model=name, cache=settings.cache, limit=settings.limit)
            )
        except ProviderNotFoundError:
            raise unknown_model(name) from None

    def refusal_of(self, error: ChimericError, upstream: Upstream) -> Refusal:
        """What a client is told of an error."""
        model = upstream.model
        set_up = not isinstance(error, ConfigurationError) or self._protocols.is_set_up(model)
        return refusal_of(error, set_up=set_up, hosts=self._target(model).hosts)

    async def close(self) -> None:
        """End all calls, and close all connections."""
        self._protocols.close()
        await self.client.aclose()

    def _upstream(self, model: ModelSettings) -> Upstream:
        hedge = self._extras.hedge(self.client, model)
        # Of two answers, neither is the upstream's alone.
        target = Target() if hedge is not None else self._target(model.model)
        return Upstream(
            model.model,
            hedge or self.client,
            target.protocol,
            target.provider,
            target.takes,
            model.params,
            self._extras.plugins(model),
        )

    def _target(self, model: str) -> Target:
        try:
            return self._protocols.of(model)
        except ProviderNotFoundError:
            raise
        except ConfigurationError:
            return Target()  # the call tells what is wrong
