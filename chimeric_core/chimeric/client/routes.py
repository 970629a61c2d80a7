"""Where the requests of a client go, and with which key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.exchange.call import Route
from chimeric.plugins.provider import ProviderConfig
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.plugins.registry import Registry
from chimeric.plugins.routing import find_provider
from chimeric.values.requests import Request
from chimeric.values.secrets import CREDENTIAL_HEADER, Key, Secret

from .base_urls import BaseURL, base_url_source, resolve_base_url
from .settings import FoundKey, Settings, key_of_environment

if TYPE_CHECKING:
    from .arguments.endpoints import Endpoint

__all__ = ["Routes", "credentials"]

MOST = 512
"""Routes that are kept: an application names few models, an attacker may name many."""


class Routes:
    """From model names to providers and endpoints as one client has them set up."""

    def __init__(
        self, registry: Registry, settings: Settings, headers: Mapping[str, str], strict: bool
    ) -> None:
        self._registry = registry
        self.settings = settings
        self.headers = dict(headers)
        self._strict = strict
        self._targets: dict[tuple[str, str], Route] = {}
        self._routes: dict[tuple[str, str | None], Route] = {}
        self._personal = bool(credentials(headers))

    def route(self, request: Request) -> Route:
        """Where a request goes.

        Raises:
            ProviderNotFoundError: when nothing serves its model.
            ConfigurationError: when what serves it is set up wrongly. A missing key is no error
                yet: the route tells it, and a plugin may bring one.
        """
        key = (request.model, request.provider)
        try:
            route = self._routes.get(key)
        except TypeError:
            route = None  # no string: an error that the search below explains
        if route is None:
            plugin, endpoint, model = self.find(*key)
            route = msgspec.structs.replace(self._target(plugin, endpoint), model=model)
            if route.key_missing is None:
                if len(self._routes) >= MOST:
                    self._routes.clear()
                self._routes[key] = route
        if request.options:
            from .arguments.personal import with_options

            return with_options(route, request.options)
        return route

    def of_call(
        self, request: Request, api_key: Key | None, base_url: str | None, client: object
    ) -> Callable[[Request], Route] | None:
        """The routes of a call that brings a key, a base URL or credentials; None for others.

        ``client`` is kept alive by them: its connections close with it.
        """
        if (
            api_key is None
            and base_url is None
            and not self._personal
            and not (request.extra_headers and credentials(request.extra_headers))
        ):
            return None
        from .arguments.personal import PersonalRoutes  # most calls bring nothing of their own

        return PersonalRoutes(self, request, api_key, base_url, client).route

    def find(self, model: Any, provider: str | None) -> tuple[ProviderPlugin, str, str]:
        """The provider, the endpoint ("" for none), and the model's name at it."""
        endpoints = self.settings.endpoints
        if endpoints and isinstance(model, str):
            prefix, colon, rest = model.partition(":")
            name = prefix if provider is None and rest else provider
            if name in endpoints:
                plugin, _ = find_provider(self._registry, "any", endpoints[name].provider)
                return plugin, name, rest if colon and rest and prefix == name else model
        plugin, model = find_provider(self._registry, model, provider, tuple(endpoints))
        return plugin, "", model

    def named(self, name: str) -> Route:
        """The set-up of a provider or an endpoint, whatever the model.

        Raises:
            ProviderNotFoundError: when there is none of that name.
        """
        plugin, endpoint, _ = self.find("any", name)
        return self._target(plugin, endpoint)

    def _target(self, plugin: ProviderPlugin, endpoint: str) -> Route:
        target = self._targets.get((plugin.name, endpoint))
        if target is None:
            target = self.build(plugin, endpoint)
            if target.key_missing is None:
                self._targets[plugin.name, endpoint] = target
        return target

    def build(
        self,
        plugin: ProviderPlugin,
        name: str,
        api_key: Key | None = None,
        base_url: str | None = None,
    ) -> Route:
        """The set-up of a target, with the key and base URL of one call where it has its own."""
        declared, settings = plugin.declaration, self.settings
        endpoint = settings.endpoints[name] if name else None
        url, own_origin = self._base_url(plugin, name, endpoint, base_url)
        found = self._key(plugin, endpoint, api_key)
        elsewhere: str | None = None
        if found is None:
            found = key_of_environment(plugin)
            if found is not None and not own_origin:
                elsewhere, found = found.source, None
        key = found.key if found is not None and found.key else None
        source = "" if found is None else found.source
        fault = key.header_fault() if isinstance(key, Secret) else None
        if fault is not None:
            where = f"{plugin.name}_api_key=" if source == "argument" else source
            raise ConfigurationError(f"the API key of {plugin.name} ({where}) {fault}")
        missing: str | None = None
        if key is None and declared.key_required:
            from .arguments.keys import missing_key

            missing = missing_key(plugin, name, elsewhere, url.url)
        return Route(
            plugin,
            ProviderConfig(
                name=plugin.name,
                base_url=url.url,
                declaration=declared,
                options=settings.options(plugin, endpoint),
                has_key=key is not None,
                bearer=found is not None and found.bearer,
                endpoint=name,
                query=url.query,
                own_origin=own_origin,
                key_source=source if key is None or isinstance(key, Secret) else "callable",
            ),
            key if isinstance(key, Secret) else None,
            "",
            ask_key=None if key is None or isinstance(key, Secret) else key,
            key_given=key is not None and source == "argument",
            key_missing=missing,
            headers=self.headers if endpoint is None else {**self.headers, **endpoint.headers},
            on_plain_http=self._teller(url, name or plugin.name) if url.plain else None,
        )

    def _teller(self, url: BaseURL, name: str) -> Callable[[], None]:
        """What tells that a key goes to a URL of plain http."""
        from .arguments.keys import tell_plain_http

        return partial(tell_plain_http, self.settings.told, url, name, self._strict)

    def _base_url(
        self, plugin: ProviderPlugin, name: str, endpoint: Endpoint | None, of_call: str | None
    ) -> tuple[BaseURL, bool]:
        """The base URL, and whether it is at the client's own origin for the provider."""
        declared, given = plugin.declaration, self.settings.base_url(plugin.name)
        other, where = of_call, "base_url"
        if not other and endpoint is not None:
            other, where = endpoint.base_url, f"the base_url of the endpoint {name!r}"
        if not other:
            return self._own_base_url(plugin, given), True
        url = resolve_base_url(declared, other, where)
        if declared.service is not None and not given:
            return url, False
        try:
            own = resolve_base_url(declared, given)
        except ConfigurationError:
            return url, False  # it has none
        return url, url.origin == own.origin

    def _own_base_url(self, plugin: ProviderPlugin, given: str | None) -> BaseURL:
        declared = plugin.declaration
        if declared.service is not None and not given and base_url_source(declared) is None:
            given = self.settings.keep(plugin.name, declared.service).base_url
        return resolve_base_url(declared, given)

    def _key(
        self, plugin: ProviderPlugin, endpoint: Endpoint | None, of_call: Key | None
    ) -> FoundKey | None:
        """The key that the call, the endpoint or the constructor gives."""
        if of_call is not None:
            return FoundKey(of_call, "argument")
        if endpoint is not None and endpoint.api_key is not None:
            return FoundKey(endpoint.api_key, "argument")
        return self.settings.given_key(plugin.name)


def credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of some headers that tell who is asking, by lower-case name."""
    return {n.lower(): v for n, v in headers.items() if CREDENTIAL_HEADER.search(str(n))}
