"""Calls that bring a key, a base URL, credentials or options of their own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from chimeric.client.routes import Routes, credentials
from chimeric.errors import ProviderNotFoundError
from chimeric.exchange.call import Route
from chimeric.values.requests import Request
from chimeric.values.secrets import Key

__all__ = ["PersonalRoutes", "with_options"]


class PersonalRoutes(msgspec.Struct, eq=False):
    """The routes of a call with credentials of its own.

    They are for the target that its caller named: where a plugin goes on with another one, they
    do not go along.
    """

    _routes: Routes
    _request: Request
    _key: Key | None
    _url: str | None
    _client: object
    _home: str | None = None
    _withheld: Mapping[str, str] = {}

    __repr__ = object.__repr__  # a key is not for a log

    def __post_init__(self) -> None:
        request = self._request
        self._withheld = credentials(request.extra_headers)
        with suppress(ProviderNotFoundError):  # a plugin knows better: the first target is the one
            plugin, endpoint, _ = self._routes.find(request.model, request.provider)
            self._home = endpoint or plugin.name

    def route(self, request: Request) -> Route:
        """Where a request of the call goes."""
        plugin, endpoint, model = self._routes.find(request.model, request.provider)
        target = endpoint or plugin.name
        if self._home is None:
            self._home = target
        if target != self._home:
            return self._for_others(self._routes.route(request))
        if self._key is None and self._url is None:
            return self._routes.route(request)
        route = self._routes.build(plugin, endpoint, self._key, self._url)
        route = msgspec.structs.replace(route, model=model)
        return with_options(route, request.options) if request.options else route

    def _for_others(self, route: Route) -> Route:
        """A route to another target: none of the caller's credentials go there."""
        headers = self._routes.headers
        own = credentials(headers)
        kept = {name: v for name, v in headers.items() if name.lower() not in own}
        endpoint = self._routes.settings.endpoints.get(route.config.endpoint)
        if endpoint is not None:
            kept.update(endpoint.headers)
        return msgspec.structs.replace(route, headers=kept, withheld=self._withheld)


def with_options(route: Route, options: Mapping[str, Any]) -> Route:
    """The route, with those of a call's parameters that the provider declares as options."""
    takes = route.config.declaration.options
    mine = {name: value for name, value in options.items() if name in takes}
    if not mine:
        return route
    config = msgspec.structs.replace(route.config, options={**route.config.options, **mine})
    return msgspec.structs.replace(route, config=config)
